import * as v from "valibot";
import type { Task } from "../../fleet/tasks.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { parseReportedRooms } from "../reported-rooms.ts";
import { identity, legacyIdentity, resolveEndpoint } from "../server-identity.ts";

const figures = {
  load: v.pipe(v.number("must be a number"), v.finite("must be finite"), v.minValue(0, "must not be negative")),
  clients: v.pipe(
    v.number("must be a number"),
    v.safeInteger("must be an integer"),
    v.minValue(0, "must not be negative"),
  ),
  rooms: v.array(v.unknown(), "must be a list of rooms"),
};
const params = v.object({ ...identity, ...figures }, "must be an object");
const legacyParams = v.object({ ...legacyIdentity, ...figures }, "must be an object");

/** `sfu.Report`: a server's load and rooms; the answer holds the tasks for it. */
export const report = createMethod("sfu.Report", params, answer);

/** `SubmitReport`: the same for older servers. */
export const submitReport = createMethod("SubmitReport", legacyParams, answer);

async function answer(
  call: v.InferOutput<typeof params>,
  context: InternalContext,
  isAnswered: boolean,
): Promise<{ tasks: readonly Task[] }> {
  const tasks = await context.store.report({
    pool: context.pool,
    endpoint: resolveEndpoint(call.public_endpoint, context),
    version: call.version,
    load: call.load,
    clients: call.clients,
    rooms: parseReportedRooms(call.rooms, context.maxRoomsPerReport),
    userTags: context.principal.tags,
    connection: context.connection,
    exchange: isAnswered ? context.exchange : undefined,
  });
  return { tasks };
}
