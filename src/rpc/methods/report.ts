import * as v from "valibot";
import type { Task } from "../../fleet/tasks.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { attributeRooms, MAX_PEERS, parseReportedRooms } from "../reported-rooms.ts";
import { identity, legacyIdentity, resolveEndpoint } from "../server-identity.ts";

/** What is beyond is no load, but a fault: a server full a hundred times. */
const MAX_LOAD = 100;

const figures = {
  load: v.pipe(
    v.number("must be a number"),
    v.finite("must be finite"),
    v.minValue(0, "must not be negative"),
    v.maxValue(MAX_LOAD, `must be at most ${MAX_LOAD}, where 1 is full`),
  ),
  clients: v.pipe(
    v.number("must be a number"),
    v.safeInteger("must be an integer"),
    v.minValue(0, "must not be negative"),
    v.maxValue(MAX_PEERS, `must be at most ${MAX_PEERS}`),
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
    rooms: attributeRooms(parseReportedRooms(call.rooms, context.maxRoomsPerReport), context.findOwner),
    userTags: context.principal.tags,
    connection: context.connection,
    exchange: isAnswered ? context.exchange : undefined,
  });
  return { tasks };
}
