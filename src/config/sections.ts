import * as v from "valibot";
import { isCidr } from "./cidr.ts";
import { limit, tags } from "./customers-schema.ts";

/** Paths that are served, and so cannot be names of pools. */
const RESERVED_POOLS = ["internal", "livez", "readyz", "metrics", "dashboard"];
const POOL_NAME = /^(?!\.{1,2}$)[\w.~-]+$/;
/** Longer times overflow the runtime's timers. */
const MAX_SECONDS = 24 * 86_400;
const KIB = 1024;
const MIB = 1024 * KIB;

/** True or false. */
export const flag = v.boolean("must be true or false");
/** A text that is not empty. */
export const text = v.pipe(v.string("must be a string"), v.nonEmpty("must not be empty"));
const port = v.pipe(
  v.number("must be a port"),
  v.integer("must be an integer"),
  v.minValue(0, "must be from 0 to 65535"),
  v.maxValue(65_535, "must be from 0 to 65535"),
);
/** A span of time in seconds, fractions allowed. */
export const seconds = v.pipe(
  v.number("must be a number of seconds"),
  v.finite("must be finite"),
  v.gtValue(0, "must be more than 0"),
  v.maxValue(MAX_SECONDS, `must be at most ${MAX_SECONDS}, which is 24 days`),
);
/** A span of time in seconds, or none at all. */
export const secondsOrNone = v.pipe(
  v.number("must be a number of seconds"),
  v.finite("must be finite"),
  v.minValue(0, "must not be negative"),
  v.maxValue(MAX_SECONDS, `must be at most ${MAX_SECONDS}, which is 24 days`),
);
/** A number of things, at least one. */
export const count = v.pipe(
  v.number("must be an integer"),
  v.integer("must be an integer"),
  v.minValue(1, "must be at least 1"),
);
/** A network in CIDR notation. */
export const cidr = v.pipe(
  v.string("must be a network such as 10.0.0.0/8"),
  v.check(isCidr, "must be a network such as 10.0.0.0/8"),
);

/**
 * Says whether a value is an object. Where a setting may have several shapes, that decides which one was meant, and so
 * what is wrong with it: a union of all shapes could only say "none of them".
 */
export const isObject = (input: unknown): input is object => typeof input === "object" && input !== null;

const secretText = v.pipe(
  v.string('must be a string, {env: "NAME"}, {file: "path"} or {credential: "NAME"}'),
  v.nonEmpty("must not be empty"),
);
const secretFromEnv = v.strictObject({ env: text });
const secretFromFile = v.strictObject({ file: text });
const secretFromCredential = v.strictObject({
  credential: v.pipe(
    text,
    v.check((name) => !name.includes("/") && name !== "." && name !== "..", "must be a name, not a path"),
  ),
});

/** A secret: itself, or where it is. */
export const secret = v.lazy((input) => {
  if (!isObject(input)) return secretText;
  if ("credential" in input) return secretFromCredential;
  return "file" in input ? secretFromFile : secretFromEnv;
});

/** One secret, or several in their order, newest first. */
export const masterKey = v.lazy((input) => (Array.isArray(input) ? secretList : secret));
const secretList = v.pipe(v.array(secret), v.nonEmpty("must have at least one key, or be left out"));

/** Where to listen. */
export const http = v.strictObject(
  { hostname: v.optional(text, "0.0.0.0"), port: v.optional(port, 7000) },
  "must be {hostname, port}",
);

/** Where to listen with TLS, and the pair for it. */
export const https = v.strictObject(
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

/** Where the metrics have a listener of their own, which asks for no credentials. */
export const metrics = v.strictObject({ hostname: v.optional(text, "127.0.0.1"), port }, "must be {hostname, port}");

/** A function that fetches the customers, and how often. */
export const customerApi = v.strictObject(
  {
    updateFunction: v.custom<() => Promise<unknown>>(
      (value) => typeof value === "function",
      "must be a function that returns a promise of customers",
    ),
    updateInterval: v.optional(seconds, 60),
  },
  "must be {updateFunction, updateInterval}",
);

/** Fleets of their own. */
export const sfuPools = v.pipe(
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

/** How often servers report, and what their silence means. */
export const sfuConfig = v.strictObject(
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
  tags: v.optional(tags),
});

/** A password, or a user with one. */
const internalUser = v.lazy((input) => {
  const isSecret = !isObject(input) || "env" in input || "file" in input || "credential" in input;
  return isSecret ? secret : internalAccount;
});

/** Who may call `/internal`. */
export const internal = v.strictObject(
  {
    users: v.optional(v.record(text, internalUser, "must be {name: password}"), {}),
    allow: v.optional(v.array(cidr, "must be a list of networks"), []),
    trustLoopback: v.optional(flag, false),
  },
  "must be an object",
);

/** Limits of customers whom nobody configured. */
export const demoLimits = v.strictObject({ maxPeers: limit, maxRooms: limit });
/** No customers whom nobody configured. */
export const forbidden = v.literal("forbidden", 'must be "forbidden" or {maxPeers, maxRooms}');

/** Longest bodies, in bytes. */
export const bodyLimit = v.strictObject(
  { public: v.optional(count, MIB), internal: v.optional(count, 8 * MIB) },
  "must be {public, internal}, in bytes",
);

/** A secret as configured. */
export type Secret = v.InferOutput<typeof secret>;
