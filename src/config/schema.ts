import * as v from "valibot";
import { LOG_LEVELS } from "../log.ts";
import { customers } from "./customers-schema.ts";
import { placement } from "./placement-schema.ts";
import { rateLimits } from "./rate-limits-schema.ts";
import { secrets } from "./secret-schema.ts";
import {
  bodyLimit,
  customerApi,
  demoLimits,
  forbidden,
  http,
  https,
  internal,
  metrics,
  sfuConfig,
  sfuPools,
} from "./sections.ts";
import { state, workers } from "./state-schema.ts";
import { count, flag, isObject, networks, seconds, secondsOrNone, text } from "./values.ts";
import { webhooks } from "./webhooks-schema.ts";

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

/** Says whether so many ports from the first one on exist, and none of them is taken; any port that is free is. */
function isRangeFree(first: number, length: number, taken: readonly (number | undefined)[]): boolean {
  const last = first + length - 1;
  return first === 0 || (last <= 65_535 && taken.every((port) => port === undefined || port < first || port > last));
}

/** The config as an operator writes it: the only description of its names, defaults and rules. */
export const configSchema = v.pipe(
  v.strictObject(
    {
      logLevel: v.optional(
        v.pipe(
          v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`),
          v.description("Lines of a lower level are left out of the log"),
        ),
        "INFO",
      ),
      logFormat: v.optional(
        v.pipe(
          v.picklist(["pretty", "json"], 'must be "pretty" or "json"'),
          v.description("Lines for people, or JSON with `ts`, `severity`, `msg` and more for programs"),
        ),
        "pretty",
      ),
      useSsl: v.optional(flag("Listen as `https` says, with TLS, instead of as `http` says"), false),
      http: v.optional(http, {}),
      https: v.optional(https, {}),
      customers: v.optional(customers),
      customersFile: v.optional(text("JSON file with the list of customers, in place of `customers`")),
      customerApi: v.optional(customerApi),
      allowEmptyCustomers: v.optional(
        flag("Take an empty list of a file or function at its word, which a failed export looks like as well"),
        false,
      ),
      unknownCustomers: v.optional(
        v.pipe(
          v.lazy((input) => (isObject(input) ? demoLimits : forbidden)),
          v.description("Limits admit tokens of keys that nobody configured, and so nobody verified: for demos only"),
        ),
        "forbidden",
      ),
      sfuPools: v.optional(sfuPools),
      sfuConfig: v.optional(sfuConfig, {}),
      gridConfig: v.optional(
        v.pipe(
          v.record(v.string(), v.unknown(), "must be an object of tables"),
          v.description("Settings that are recommended to servers, over the usual ones; `null` takes one back"),
        ),
        {},
      ),
      loginToken: v.optional(
        v.strictObject(
          {
            lifetime: v.optional(
              v.pipe(
                seconds("Seconds for which a room token that the gateway issued lets its holder onto the server"),
                v.integer("must be an integer"),
              ),
              300,
            ),
          },
          "must be {lifetime}",
        ),
        {},
      ),
      reservationTimeout: v.optional(
        seconds(
          "Seconds for which an issued token holds its slot before a report shows the peer; as long as `loginToken.lifetime`, limits are strict even against clients that hoard tokens",
        ),
      ),
      placement: v.optional(placement, {}),
      roomScope: v.optional(
        v.pipe(
          v.picklist(["exact", "prefix"], 'must be "exact" or "prefix"'),
          v.description("With `prefix` a token for `foo` may close `foobar`, as the Deno gateway has it"),
        ),
        "exact",
      ),
      trustedProxies: v.optional(networks("Networks of the proxies whose `X-Forwarded-For` counts"), []),
      internal: v.optional(internal, {}),
      metrics: v.optional(metrics),
      dashboard: v.optional(flag("Serve operators a page at `/dashboard` that shows the fleet and steers it"), true),
      webhooks: v.optional(webhooks, []),
      bodyLimit: v.optional(bodyLimit, {}),
      rateLimits: v.optional(rateLimits, {}),
      maxRoomsPerReport: v.optional(count("Most rooms in one report of a server; a longer one is refused"), 20_000),
      masterKey: v.optional(
        secrets(
          "Secret in base64, 16 bytes or more, from which the servers' keys follow; several while one replaces another",
        ),
      ),
      stateDir: v.optional(
        text(
          "Folder for the state and the generated master key, of one gateway at a time; a change counts at the next start",
        ),
      ),
      state: v.optional(state),
      workers: v.optional(workers, 1),
      drainDelay: v.optional(
        secondsOrNone("Seconds from being asked to end, when `/readyz` begins to fail, to taking no more connections"),
        0,
      ),
      drainTimeout: v.optional(seconds("Seconds that requests in flight may take to finish after that"), 30),
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
  v.forward(
    v.partialCheck(
      [["workers"], ["state"]],
      ({ workers, state }) => workers === 1 || state?.redis !== undefined,
      "must be 1 without state.redis: each worker would have a fleet of its own",
    ),
    ["workers"],
  ),
  v.forward(
    v.partialCheck(
      [["workers"], ["metrics"], ["internal"], ["useSsl"], ["http"], ["https"]],
      ({ workers, metrics, internal, useSsl, http, https }) =>
        !metrics ||
        isRangeFree(metrics.port, workers, [
          workers > 1 ? (useSsl ? https : http).port : undefined,
          internal.listen?.port,
        ]),
      "must leave a port from there on for each worker, none of them the one to listen on",
    ),
    ["metrics", "port"],
  ),
  v.forward(
    v.partialCheck(
      [["workers"], ["internal"], ["useSsl"], ["http"], ["https"]],
      ({ workers, internal: { listen }, useSsl, http, https }) =>
        !listen || (listen.port === 0 ? workers === 1 : listen.port !== (useSsl ? https : http).port),
      "must have another port than the public listener, and with workers not 0, as they share it",
    ),
    ["internal", "listen"],
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
