import * as v from "valibot";
import { LOG_LEVELS } from "../log.ts";
import { isCidr } from "./cidr.ts";
import { customers, limit } from "./customers-schema.ts";

/** Paths that are served, and so cannot be names of pools. */
const RESERVED_POOLS = ["internal", "livez", "readyz", "metrics", "dashboard"];
const POOL_NAME = /^[\w.~-]+$/;
/** Longer times overflow the runtime's timers. */
const MAX_SECONDS = 24 * 86_400;
const KIB = 1024;
const MIB = 1024 * KIB;

const flag = v.boolean("must be true or false");
const text = v.pipe(v.string("must be a string"), v.nonEmpty("must not be empty"));
const port = v.pipe(
  v.number("must be a port"),
  v.integer("must be an integer"),
  v.minValue(0, "must be from 0 to 65535"),
  v.maxValue(65_535, "must be from 0 to 65535"),
);
const seconds = v.pipe(
  v.number("must be a number of seconds"),
  v.finite("must be finite"),
  v.gtValue(0, "must be more than 0"),
  v.maxValue(MAX_SECONDS, `must be at most ${MAX_SECONDS}, which is 24 days`),
);
const count = v.pipe(
  v.number("must be an integer"),
  v.integer("must be an integer"),
  v.minValue(1, "must be at least 1"),
);
const cidr = v.pipe(
  v.string("must be a network such as 10.0.0.0/8"),
  v.check(isCidr, "must be a network such as 10.0.0.0/8"),
);

/** The shape that a value was meant to have decides what is wrong with it: a union of all shapes could only say "none". */
const isObject = (input: unknown): input is object => typeof input === "object" && input !== null;

const secretText = v.pipe(
  v.string('must be a string, {env: "NAME"} or {file: "path"}'),
  v.nonEmpty("must not be empty"),
);
const secretFromEnv = v.strictObject({ env: text });
const secretFromFile = v.strictObject({ file: text });

const secret = v.lazy((input) => {
  if (!isObject(input)) return secretText;
  return "file" in input ? secretFromFile : secretFromEnv;
});

const http = v.strictObject(
  { hostname: v.optional(text, "0.0.0.0"), port: v.optional(port, 7000) },
  "must be {hostname, port}",
);

const https = v.strictObject(
  {
    hostname: v.optional(text, "0.0.0.0"),
    port: v.optional(port, 7443),
    certFile: v.optional(text),
    keyFile: v.optional(text),
    cert: v.optional(text),
    key: v.optional(secret),
  },
  "must be {hostname, port, certFile, keyFile}",
);

const customerApi = v.strictObject(
  {
    updateFunction: v.custom<() => Promise<unknown>>(
      (value) => typeof value === "function",
      "must be a function that returns a promise of customers",
    ),
    updateInterval: v.optional(seconds, 60),
  },
  "must be {updateFunction, updateInterval}",
);

const sfuPools = v.pipe(
  v.strictObject(
    {
      available: v.pipe(
        v.array(
          v.pipe(
            text,
            v.regex(POOL_NAME, "must consist of letters, digits and . _ ~ -, as it is part of a URL"),
            v.check((name) => !RESERVED_POOLS.includes(name), `must not be one of ${RESERVED_POOLS.join(", ")}`),
          ),
          "must be a list of names",
        ),
        v.nonEmpty("must name at least one pool"),
      ),
      default: text,
    },
    "must be {available, default}",
  ),
  v.forward(
    v.partialCheck(
      [["available"], ["default"]],
      (pools) => pools.available.includes(pools.default),
      "must be one of sfuPools.available",
    ),
    ["default"],
  ),
);

const sfuConfig = v.strictObject(
  {
    metricsServer: v.optional(text),
    updateInterval: v.optional(seconds, 5),
    disableTimeout: v.optional(seconds),
    removeTimeout: v.optional(seconds, 600),
  },
  "must be an object",
);

const internalAccount = v.strictObject({
  password: secret,
  role: v.optional(v.picklist(["server", "operator"], 'must be "server" or "operator"'), "server"),
  endpoints: v.optional(v.array(text, "must be a list of public endpoints")),
});

/** A password, or a user with one. */
const internalUser = v.lazy((input) => {
  const isSecret = !isObject(input) || "env" in input || "file" in input;
  return isSecret ? secret : internalAccount;
});

const internal = v.strictObject(
  {
    users: v.optional(v.record(text, internalUser, "must be {name: password}"), {}),
    allow: v.optional(v.array(cidr, "must be a list of networks"), []),
    trustLoopback: v.optional(flag, false),
  },
  "must be an object",
);

const demoLimits = v.strictObject({ maxPeers: limit, maxRooms: limit });
const forbidden = v.literal("forbidden", 'must be "forbidden" or {maxPeers, maxRooms}');

const bodyLimit = v.strictObject(
  { public: v.optional(count, MIB), internal: v.optional(count, 8 * MIB) },
  "must be {public, internal}, in bytes",
);

/** Seconds that a reservation has to wait at least: two reports, and time to join. Source: docs/protocol.md, "Usage". */
function minReservation(updateIntervalSec: number): number {
  return 2 * updateIntervalSec + 5;
}

/** Silence in seconds that disables a server: one report and a half may be missing, and 7.5 s in any case. */
function toDisableTimeout({
  disableTimeout,
  updateInterval,
}: {
  disableTimeout?: number | undefined;
  updateInterval: number;
}): number {
  return disableTimeout ?? Math.max(7.5, 1.5 * updateInterval);
}

/** The config as an operator writes it: the only description of its names, defaults and rules. */
export const configSchema = v.pipe(
  v.strictObject(
    {
      logLevel: v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`), "INFO"),
      logFormat: v.optional(v.picklist(["pretty", "json"], 'must be "pretty" or "json"'), "pretty"),
      useSsl: v.optional(flag, false),
      http: v.optional(http, {}),
      https: v.optional(https, {}),
      customers: v.optional(customers),
      customersFile: v.optional(text),
      customerApi: v.optional(customerApi),
      allowEmptyCustomers: v.optional(flag, false),
      unknownCustomers: v.optional(
        v.lazy((input) => (isObject(input) ? demoLimits : forbidden)),
        "forbidden",
      ),
      sfuPools: v.optional(sfuPools),
      sfuConfig: v.optional(sfuConfig, {}),
      gridConfig: v.optional(v.record(v.string(), v.unknown(), "must be an object of tables"), {}),
      loginToken: v.optional(
        v.strictObject(
          { lifetime: v.optional(v.pipe(seconds, v.integer("must be an integer")), 300) },
          "must be {lifetime}",
        ),
        {},
      ),
      reservationTimeout: v.optional(seconds),
      roomScope: v.optional(v.picklist(["exact", "prefix"], 'must be "exact" or "prefix"'), "exact"),
      trustedProxies: v.optional(v.array(cidr, "must be a list of networks"), []),
      internal: v.optional(internal, {}),
      bodyLimit: v.optional(bodyLimit, {}),
      maxRoomsPerReport: v.optional(count, 20_000),
      masterKey: v.optional(secret),
      stateDir: v.optional(text),
    },
    "must be an object: export default {…}",
  ),
  v.forward(
    v.partialCheck(
      [["customers"], ["customersFile"], ["customerApi"]],
      ({ customers, customersFile, customerApi }) =>
        [customers, customersFile, customerApi].filter((source) => source !== undefined).length <= 1,
      "must be the only one of customers, customersFile and customerApi: which one counts would be a guess",
    ),
    ["customers"],
  ),
  v.forward(
    v.partialCheck(
      [["sfuConfig"]],
      ({ sfuConfig: { disableTimeout, updateInterval } }) =>
        disableTimeout === undefined || disableTimeout >= updateInterval,
      "must be at least sfuConfig.updateInterval, or servers are disabled between two reports",
    ),
    ["sfuConfig", "disableTimeout"],
  ),
  v.forward(
    v.partialCheck(
      [["sfuConfig"]],
      ({ sfuConfig }) => sfuConfig.removeTimeout >= toDisableTimeout(sfuConfig),
      "must be at least sfuConfig.disableTimeout",
    ),
    ["sfuConfig", "removeTimeout"],
  ),
  v.forward(
    v.partialCheck(
      [["sfuConfig"], ["reservationTimeout"]],
      ({ sfuConfig, reservationTimeout }) =>
        reservationTimeout === undefined || reservationTimeout >= minReservation(sfuConfig.updateInterval),
      "must be at least 2 × sfuConfig.updateInterval + 5, or slots are given away before a report shows the peer",
    ),
    ["reservationTimeout"],
  ),
  v.forward(
    v.partialCheck(
      [["useSsl"], ["https"]],
      ({ useSsl, https }) => !useSsl || (https.certFile ?? https.cert) !== undefined,
      "must be given with useSsl, or cert inline",
    ),
    ["https", "certFile"],
  ),
  v.forward(
    v.partialCheck(
      [["useSsl"], ["https"]],
      ({ useSsl, https }) => !useSsl || (https.keyFile ?? https.key) !== undefined,
      "must be given with useSsl, or key inline",
    ),
    ["https", "keyFile"],
  ),
  v.transform((config) => ({
    ...config,
    sfuConfig: { ...config.sfuConfig, disableTimeout: toDisableTimeout(config.sfuConfig) },
    reservationTimeout: config.reservationTimeout ?? Math.max(15, minReservation(config.sfuConfig.updateInterval)),
  })),
);

/** What a config file may contain. */
export type GatewayConfig = v.InferInput<typeof configSchema>;

/** A config with its defaults, its secrets and files not yet read. */
export type ParsedConfig = v.InferOutput<typeof configSchema>;

/** A secret as configured: itself, or where it is. */
export type Secret = v.InferOutput<typeof secret>;
