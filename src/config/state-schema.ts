import * as v from "valibot";
import { secret } from "./secret-schema.ts";
import { text } from "./values.ts";

/** What begins the names of all keys in Redis. */
const KEY_PREFIX = /^[a-zA-Z0-9:._-]{1,64}$/;
const MAX_WORKERS = 64;

/** Where the fleet is, if several gateways share it. */
export const state = v.strictObject(
  {
    redis: v.optional(
      secret(
        "URL of the Redis through which several gateways share one fleet, `redis://[user[:password]@]host[:port][/database]`, `rediss://…` with TLS or `redis+unix:///path`; a configured `masterKey` is needed then",
      ),
    ),
    ca: v.optional(text("File with the CA certificates, PEM, that `rediss` trusts in place of the system's")),
    keyPrefix: v.optional(
      v.pipe(
        text("What the names of all keys in Redis begin with: gateways with the same one share a fleet"),
        v.regex(KEY_PREFIX, "must be 1 to 64 letters, digits and : . _ -"),
      ),
      "odin-gateway",
    ),
    onOutage: v.optional(
      v.pipe(
        v.picklist(["degrade", "refuse"], 'must be "degrade" or "refuse"'),
        v.description(
          "While Redis cannot be reached, go on from what was known last, or refuse clients; a change of `state` counts at the next start",
        ),
      ),
      "degrade",
    ),
  },
  "must be {redis, ca, keyPrefix, onOutage}",
);

/** How many processes serve. */
export const workers = v.pipe(
  v.number("must be an integer"),
  v.integer("must be an integer"),
  v.minValue(1, "must be at least 1"),
  v.maxValue(MAX_WORKERS, `must be at most ${MAX_WORKERS}`),
  v.description(
    "Processes that serve on the same port, of which each uses one core; more than one share their fleet through `state.redis`, and a change counts at the next start",
  ),
);
