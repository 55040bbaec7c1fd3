import type { GatewayConfig } from "./src/config/schema.ts";

/**
 * A config to begin with. It listens on this machine only, and lets anybody on it attach servers.
 * `odin-gateway check` says what is in effect; docs/configuration.md has every setting.
 */
export default {
  http: { hostname: "127.0.0.1", port: 7000 },

  // Who may let players in. `odin-gateway keygen --id my-game` makes a key and prints the entry that belongs here.
  customers: [],

  // For development only: before others can reach this port, take it out and give servers a user instead.
  // users: { sfu: { env: "SFU_PASSWORD" }, admin: { password: { env: "ADMIN_PASSWORD" }, role: "operator" } },
  internal: { trustLoopback: true },
} satisfies GatewayConfig;
