import * as v from "valibot";
import { extendConfig } from "../../sfu-config/extend.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { identity, legacyIdentity, resolveEndpoint } from "../server-identity.ts";

const config = v.nullish(v.string("must be a string of TOML"), "");
const params = v.object({ ...identity, config }, "must be an object");
const legacyParams = v.object({ ...legacyIdentity, config }, "must be an object");

/** `sfu.GridConfig`: a starting server's own config, extended by recommended settings and its key. */
export const gridConfig = createMethod("sfu.GridConfig", params, answer);

/** `GetConfig`: the same for older servers. */
export const getConfig = createMethod("GetConfig", legacyParams, answer);

async function answer(call: v.InferOutput<typeof params>, context: InternalContext): Promise<{ config: string }> {
  const endpoint = resolveEndpoint(call.public_endpoint, context);
  const keys = context.deriveServerKeys(endpoint);
  const extended = extendConfig(call.config, context.recommended, keys);
  await context.store.register({
    pool: context.pool,
    endpoint,
    version: call.version,
    reportIntervalMs: extended.reportIntervalMs ?? context.updateIntervalMs,
    capacity: extended.capacity,
    tags: extended.tags,
    userTags: context.principal.tags,
    keys: keys.map(({ kid }) => kid),
  });
  return { config: extended.toml };
}
