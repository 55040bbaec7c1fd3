import { createAccessKey, parseAccessKey } from "../auth/access-key.ts";
import type { Command } from "./args.ts";
import { EXIT } from "./io.ts";

/** `keygen`: makes an access key and shows what goes where. */
export const keygen: Command = {
  name: "keygen",
  summary: "make a customer's access key, and the entry for the config that lets it in",
  flags: {
    id: { type: "string", value: "ID", help: "id of the customer (my-game)" },
    namespace: {
      type: "string",
      value: "NAME",
      help: "namespace of the rooms opened with this key (the customer's id)",
    },
    "max-peers": { type: "integer", value: "N", help: "limit on peers (none)" },
    "max-rooms": { type: "integer", value: "N", help: "limit on rooms (none)" },
    json: { type: "boolean", help: "print JSON" },
  },
  examples: ["odin-gateway keygen --id acme --max-peers 1000", "odin-gateway keygen --json | jq -r .accessKey"],
  async run(flags, _positionals, io) {
    const accessKey = createAccessKey();
    const { d: _, ...publicKey } = parseAccessKey(accessKey);
    const namespace = flags.text("namespace");
    const customer = {
      id: flags.text("id") ?? "my-game",
      maxPeers: flags.integer("max-peers") ?? null,
      maxRooms: flags.integer("max-rooms") ?? null,
      accessKeys: [{ ...(namespace !== undefined && { namespace }), publicKey }],
    };
    if (flags.isSet("json")) {
      io.out(`${JSON.stringify({ accessKey, publicKey, customer }, null, 2)}\n`);
      return EXIT.ok;
    }
    io.out(
      [
        "Access key. It is a secret: keep it in the backend that signs tokens, and nowhere else.",
        `  ${accessKey}`,
        "",
        "Public key, which only checks signatures:",
        `  ${JSON.stringify(publicKey)}`,
        "",
        "Customer, for `customers` in gateway.config.ts or for the customers file (null: no limit):",
        JSON.stringify(customer, null, 2).replaceAll(/^/gm, "  "),
        "",
      ].join("\n"),
    );
    return EXIT.ok;
  },
};
