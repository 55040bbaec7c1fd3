import * as v from "valibot";
import { LOG_LEVELS } from "../log.ts";
import { customers } from "./customers-schema.ts";
import { placement } from "./placement-schema.ts";
import {
  bodyLimit,
  cidr,
  count,
  customerApi,
  demoLimits,
  flag,
  forbidden,
  http,
  https,
  internal,
  isObject,
  masterKey,
  metrics,
  seconds,
  secondsOrNone,
  sfuConfig,
  sfuPools,
  text,
} from "./sections.ts";

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
      placement: v.optional(placement, {}),
      roomScope: v.optional(v.picklist(["exact", "prefix"], 'must be "exact" or "prefix"'), "exact"),
      trustedProxies: v.optional(v.array(cidr, "must be a list of networks"), []),
      internal: v.optional(internal, {}),
      metrics: v.optional(metrics),
      bodyLimit: v.optional(bodyLimit, {}),
      maxRoomsPerReport: v.optional(count, 20_000),
      masterKey: v.optional(masterKey),
      stateDir: v.optional(text),
      drainDelay: v.optional(secondsOrNone, 0),
      drainTimeout: v.optional(seconds, 30),
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
