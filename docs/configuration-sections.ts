/** A part of docs/configuration.md: which settings it has, in words what they are about, and a config that works. */
export interface ConfigurationSection {
  readonly title: string;
  readonly about: string;
  readonly settings: readonly string[];
  readonly example: string;
}

/** The parts in their order; every setting of the schema is in one of them. */
export const SECTIONS: readonly ConfigurationSection[] = [
  {
    title: "Listening and logging",
    about:
      "A new address, port or certificate counts without a restart: its listener opens before the old one closes. Only `metrics` waits for the next start.",
    settings: ["http", "useSsl", "https", "trustedProxies", "bodyLimit", "metrics", "logLevel", "logFormat"],
    example: `http: { hostname: "127.0.0.1", port: 7000 },
trustedProxies: ["127.0.0.1/32"],
metrics: { port: 9100 },
logFormat: "json",`,
  },
  {
    title: "Customers",
    about:
      "At most one of `customers`, `customersFile` and `customerApi` says who may let players in. `odin-gateway keygen` makes a key and its entry.",
    settings: [
      "customers",
      "customersFile",
      "customerApi",
      "allowEmptyCustomers",
      "unknownCustomers",
      "loginToken",
      "reservationTimeout",
      "roomScope",
    ],
    example: `customers: [
  {
    id: "my-game",
    maxPeers: 1000,
    maxRooms: Infinity,
    accessKeys: [
      {
        publicKey: {
          kid: "AQ7aVmK+pI1l",
          kty: "OKP",
          crv: "Ed25519",
          x: "ZGYe_vBZVNkzQ6fD8BmkJUb6o0p8wfKt3PqFVx6-be4",
        },
      },
    ],
  },
],`,
  },
  {
    title: "Servers",
    about: "What servers are told when they start, and what it means when they fall silent.",
    settings: ["sfuPools", "sfuConfig", "gridConfig", "maxRoomsPerReport"],
    example: `sfuPools: { available: ["eu", "us"], default: "eu" },
sfuConfig: { updateInterval: 5, removeTimeout: 900 },
gridConfig: { quic: { idle_timeout: 20_000 } },`,
  },
  {
    title: "Placement",
    about:
      "How servers are chosen for new rooms. The defaults need no care; [placement.md](placement.md) says what each number does.",
    settings: ["placement"],
    example: `placement: { clientsPerServer: 800, overload: "refuse" },`,
  },
  {
    title: "Servers' and operators' credentials",
    about:
      "Who may call `/internal`, and see the dashboard, and where. As it stands, nobody: no server can attach before there is a user. With `internal.listen` what is for servers and operators is served on an address of its own, and nowhere else; a change of it counts without a restart, and servers then have to call the new address.",
    settings: ["internal", "dashboard"],
    example: `internal: {
  users: {
    sfu: { env: "SFU_PASSWORD" },
    edge: { password: { env: "EDGE_PASSWORD" }, endpoints: ["sfu9.example.com:4433"], tags: ["edge"] },
    op: { password: { env: "OPERATOR_PASSWORD" }, role: "operator" },
  },
},`,
  },
  {
    title: "How often",
    about:
      "Each gateway and each worker counts for itself. The numbers behind the names, and what such limits can and cannot do: [security/rates.md](security/rates.md).",
    settings: ["rateLimits"],
    example: `rateLimits: {
  failedAuthorizations: { perSecond: 1, burst: 20 },
  connects: { perSecond: 200, burst: 2_000 },
},`,
  },
  {
    title: "Webhooks",
    about: "Who is told over HTTP what happens. The events, and what a receiver has to do: [webhooks.md](webhooks.md).",
    settings: ["webhooks"],
    example: `webhooks: [
  {
    url: "https://ops.example.com/odin",
    secret: { env: "WEBHOOK_SECRET" },
    events: ["server.disabled", "server.removed", "limit.reached"],
  },
],`,
  },
  {
    title: "State and master key",
    about:
      "What has to outlive the process. How to back it up, and how to exchange the key: [operations.md](operations.md#back-up-and-restore).",
    settings: ["stateDir", "masterKey"],
    example: `stateDir: "state",
masterKey: { env: "MASTER_KEY" },`,
  },
  {
    title: "Several gateways",
    about:
      "Gateways on one machine or on several that share a fleet, and more than one process on one port: [operations.md](operations.md#workers). Nothing of it changes before the next start.",
    settings: ["state", "workers"],
    example: `state: { redis: { env: "REDIS_URL" } },
masterKey: { env: "MASTER_KEY" },
workers: 4,`,
  },
  {
    title: "Ending",
    about:
      "Behind a load balancer that asks `/readyz` every few seconds, `drainDelay` has to be a little more than twice that; whoever ends the process from outside must wait for both times.",
    settings: ["drainDelay", "drainTimeout"],
    example: `drainDelay: 10,
drainTimeout: 30,`,
  },
];
