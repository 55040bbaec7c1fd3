import * as v from "valibot";
import { limit, tags } from "./customers-schema.ts";
import { secret } from "./secret-schema.ts";
import { count, flag, isObject, networks, port, seconds, text } from "./values.ts";

/** Paths that are served, and so cannot be names of pools. */
const RESERVED_POOLS = ["internal", "livez", "readyz", "metrics", "dashboard"];
const POOL_NAME = /^(?!\.{1,2}$)[\w.~-]+$/;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Where to listen. */
export const http = v.strictObject(
  {
    hostname: v.optional(text("Address to listen on without TLS; `0.0.0.0` is all of IPv4, `::` all"), "0.0.0.0"),
    port: v.optional(port("Port to listen on without TLS; 0 is any that is free"), 7000),
  },
  "must be {hostname, port}",
);

/** Where to listen with TLS, and the pair for it. */
export const https = v.strictObject(
  {
    hostname: v.optional(text("Address to listen on with `useSsl`"), "0.0.0.0"),
    port: v.optional(port("Port to listen on with `useSsl`; 0 is any that is free"), 7443),
    certFile: v.optional(text("File with the certificate and its chain, PEM; a renewed one counts when it is saved")),
    keyFile: v.optional(text("File with the certificate's private key, PEM")),
    cert: v.optional(text("The certificate and its chain themselves, PEM, in place of `certFile`")),
    key: v.optional(secret("The private key itself, PEM, in place of `keyFile`")),
  },
  "must be {hostname, port, certFile, keyFile}",
);

/** Where the metrics have a listener of their own, which asks for no credentials. */
export const metrics = v.strictObject(
  {
    hostname: v.optional(text("Address of a listener of its own for `/metrics`, without credentials"), "127.0.0.1"),
    port: port(
      "Port of that listener, which is there if this is set, of the second worker the next one, and so on; a change counts at the next start",
    ),
  },
  "must be {hostname, port}",
);

/** A function that fetches the customers, and how often. */
export const customerApi = v.strictObject(
  {
    updateFunction: v.pipe(
      v.custom<() => Promise<unknown>>(
        (value) => typeof value === "function",
        "must be a function that returns a promise of customers",
      ),
      v.description("Fetches the whole list of customers; what fails or is broken leaves the one of before in force"),
    ),
    updateInterval: v.optional(seconds("Seconds from one fetched list to the next attempt"), 60),
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
            text("Name of a pool"),
            v.regex(POOL_NAME, "must consist of letters, digits and . _ ~ -, as it is part of a URL"),
            v.check((name) => !RESERVED_POOLS.includes(name), `must not be one of ${RESERVED_POOLS.join(", ")}`),
          ),
          "must be a list of names",
        ),
        v.nonEmpty("must name at least one pool"),
        v.description("Names of fleets of their own, each served under `/<pool>/`; without it there is one fleet"),
      ),
      default: text("The pool that is meant where the path names none"),
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
    metricsServer: v.optional(text("Address or network that may read the servers' own metrics, beside their loopback")),
    updateInterval: v.optional(seconds("Seconds between two reports of a server"), 5),
    disableTimeout: v.optional(seconds("Seconds of silence after which a server gets no more clients")),
    removeTimeout: v.optional(seconds("Seconds of silence after which a server is forgotten, with its rooms"), 600),
  },
  "must be an object",
);

const password = secret("Password for HTTP Basic authentication, with the user's name");

/** A user of `/internal` who is more than a password. */
export const internalAccount = v.strictObject({
  password,
  role: v.optional(
    v.pipe(
      v.picklist(["server", "operator"], 'must be "server" or "operator"'),
      v.description("A `server` attaches and reports; an `operator` may see and steer everything"),
    ),
    "server",
  ),
  endpoints: v.optional(
    v.pipe(
      v.array(text("A public endpoint"), "must be a list of public endpoints"),
      v.description(
        "The only public endpoints, such as `sfu1.example.com:4433`, for which this user may speak; what it reports there, load and rooms of any customer, is believed",
      ),
    ),
  ),
  tags: v.optional(
    v.pipe(tags, v.description("Tags that this user's servers carry, beside those of their own configs")),
  ),
});

/** A password, or a user with one. */
const internalUser = v.lazy((input) => {
  const isSecret = !isObject(input) || "env" in input || "file" in input || "credential" in input;
  return isSecret ? password : internalAccount;
});

/** Where servers and operators have a listener of their own. */
const internalListen = v.pipe(
  v.strictObject(
    {
      hostname: v.optional(
        text(
          "Address of a listener of its own for `/internal`, `/<pool>/internal`, the dashboard and `/metrics`: the public one then serves none of them",
        ),
        "127.0.0.1",
      ),
      port: port("Port of that listener, which is there if this is set; all workers share it"),
      certFile: v.optional(
        text(
          "File with a certificate of its own and its chain, PEM; without one, `useSsl` gives it the pair of the public listener",
        ),
      ),
      keyFile: v.optional(text("File with that certificate's private key, PEM")),
    },
    "must be {hostname, port, certFile, keyFile}",
  ),
  v.check(
    ({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined),
    "must have both certFile and keyFile, or neither",
  ),
);

/** Who may call `/internal`, and where. */
export const internal = v.strictObject(
  {
    listen: v.optional(internalListen),
    users: v.optional(
      v.pipe(
        v.record(text("Name of a user"), internalUser, "must be {name: password}"),
        v.description("Servers and operators who may call `/internal`; a password alone makes a server"),
      ),
      {},
    ),
    allow: v.optional(networks("Networks whose direct peers are servers without credentials"), []),
    trustLoopback: v.optional(
      flag("Everybody on this machine is an operator: for development only, never behind a proxy"),
      false,
    ),
  },
  "must be an object",
);

/** Limits of customers whom nobody configured. */
export const demoLimits = v.strictObject({
  maxPeers: limit("Most peers at once of each customer whom nobody configured; `Infinity` is no limit"),
  maxRooms: limit("Most rooms at once of each such customer; `Infinity` is no limit"),
});
/** No customers whom nobody configured. */
export const forbidden = v.literal("forbidden", 'must be "forbidden" or {maxPeers, maxRooms}');

/** Longest bodies, in bytes. */
export const bodyLimit = v.strictObject(
  {
    public: v.optional(count("Longest body of a client's or backend's request, in bytes"), MIB),
    internal: v.optional(count("Longest body of a server's or operator's request, in bytes"), 8 * MIB),
  },
  "must be {public, internal}, in bytes",
);
