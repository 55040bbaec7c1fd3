import { describeMasterKeys, type ListenAddress, type ResolvedConfig } from "../config/load.ts";
import { createModuleLoader } from "../config/module-loader.ts";
import { toShownUrl } from "../config/webhooks.ts";
import { findWarnings } from "../plan.ts";
import type { Command } from "./args.ts";
import { CONFIG_FLAG, loadFlaggedConfig, OVERRIDE_FLAGS } from "./config-flags.ts";
import { EXIT } from "./io.ts";
import { checkTlsPairs } from "./listen.ts";
import { loadKeyRing } from "./load-key-ring.ts";
import { watchStrayErrors } from "./stray-errors.ts";

const MASK = "***";

/** `check`: loads and validates a config as `serve` would, and prints what is in effect. */
export const check: Command = {
  name: "check",
  summary: "validate the config, and print what is in effect with secrets masked",
  flags: { ...CONFIG_FLAG, ...OVERRIDE_FLAGS },
  examples: ["odin-gateway check", "odin-gateway check --config /etc/odin-gateway/gateway.config.ts --port 8000"],
  async run(flags, _positionals, io) {
    using _strayErrors = watchStrayErrors(io);
    using loader = createModuleLoader();
    const config = await loadFlaggedConfig(flags, io, loader);
    checkTlsPairs(config, Date.now());
    const { keyRing, warnings } = await loadKeyRing(config);
    for (const warning of warnings) io.err(`left out: ${warning}\n`);
    io.out(`${JSON.stringify(toEffective(config, keyRing.customers), null, 2)}\n`);
    for (const warning of findWarnings(config)) io.err(`warning: ${warning}\n`);
    io.err(`${config.source} is good\n`);
    return EXIT.ok;
  },
};

/** The config in effect as JSON can show it. */
function toEffective(config: ResolvedConfig, fetchedCustomers: number) {
  const {
    source,
    digest,
    customers,
    customerApi,
    internal,
    https,
    listen,
    internalListen,
    webhooks,
    state,
    masterKeys: _,
    ...rest
  } = config;
  const noInfinity = (limit: number) => (limit === Number.POSITIVE_INFINITY ? "Infinity" : limit);
  return {
    ...rest,
    unknownCustomers:
      rest.unknownCustomers === "forbidden"
        ? "forbidden"
        : {
            maxPeers: noInfinity(rest.unknownCustomers.maxPeers),
            maxRooms: noInfinity(rest.unknownCustomers.maxRooms),
          },
    https: { ...https, ...(https.cert !== undefined && { cert: MASK }), ...(https.key !== undefined && { key: MASK }) },
    ...(customerApi && { customerApi: { updateInterval: customerApi.updateInterval, customers: fetchedCustomers } }),
    ...(customers && {
      customers: customers.map(({ id, maxPeers, maxRooms, accessKeys }) => ({
        id,
        maxPeers: noInfinity(maxPeers),
        maxRooms: noInfinity(maxRooms),
        accessKeys: accessKeys.map(({ namespace = id, publicKey: { kid } }) => ({ namespace, kid })),
      })),
    }),
    internal: {
      ...internal,
      users: Object.fromEntries([...internal.users].map(([name, user]) => [name, { ...user, password: MASK }])),
    },
    webhooks: webhooks.map(({ url, events }) => ({ url: toShownUrl(url), secret: MASK, events })),
    ...(state && { state: { ...state, redis: MASK, ...(state.ca !== undefined && { ca: MASK }) } }),
    masterKey: describeMasterKeys(config),
    listen: toShownAddress(listen),
    ...(internalListen && { internalListen: toShownAddress(internalListen) }),
  };
}

function toShownAddress({ hostname, port, tls }: ListenAddress) {
  return { hostname, port, tls: tls !== undefined };
}
