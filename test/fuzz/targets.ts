import type { FuzzTarget } from "./target.ts";
import { accessKey, basic, dashboardRoute } from "./targets/addresses.ts";
import { config, customers, redisUrl, webhookUrl } from "./targets/configs.ts";
import { internalBody, publicBody, request } from "./targets/gateway.ts";
import { message, reportedRooms } from "./targets/reports.ts";
import { claims, tokens } from "./targets/tokens.ts";
import { toml } from "./targets/toml.ts";

/** Every parser that reads what others wrote. */
export const TARGETS: readonly FuzzTarget[] = [
  publicBody,
  internalBody,
  request,
  message,
  tokens,
  claims,
  basic,
  accessKey,
  reportedRooms,
  toml,
  config,
  customers,
  webhookUrl,
  redisUrl,
  dashboardRoute,
];

/** The target of that name; throws an Error if there is none. */
export function findTarget(name: string): FuzzTarget {
  const target = TARGETS.find((each) => each.name === name);
  if (!target) throw new Error(`there is no target "${name}", but ${TARGETS.map((each) => each.name).join(", ")}`);
  return target;
}
