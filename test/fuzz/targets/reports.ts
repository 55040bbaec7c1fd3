import * as v from "valibot";
import { parseRequest, readId } from "../../../src/rpc/message.ts";
import { parseReportedRooms, reportedRoomSchema } from "../../../src/rpc/reported-rooms.ts";
import { isRefusal, tryJson } from "../fixture.ts";
import { attempt, Fault, type FuzzTarget } from "../target.ts";

const MAX_ROOMS = 100;
const room = (name: string, peers: number) => ({
  id: ["acme", name],
  customer: "acme",
  age: { secs: 60, nanos: 999_999_999 },
  peers,
});
const roomList = v.pipe(v.array(reportedRoomSchema), v.maxLength(MAX_ROOMS));

/** The rooms of a report: the loop that reads them takes what the schema takes. */
export const reportedRooms: FuzzTarget = {
  name: "rooms of a report",
  shape: "json",
  seeds: [[], [room("lobby", 2)], [room("{m}a", 0), room("{m}b", 1_000_000), room("\u00e4\u{1f600}", 3)]].map((rooms) =>
    JSON.stringify(rooms),
  ),
  create: () => (input) => {
    const rooms = tryJson(input.toString());
    if (!Array.isArray(rooms)) return "refused";
    const read = attempt(() => parseReportedRooms(rooms, MAX_ROOMS), isRefusal);
    if ("value" in read !== v.is(roomList, rooms))
      throw new Fault(
        "value" in read ? "wrongly accepted" : "mismatch",
        "the loop and the schema say different things",
      );
    return "value" in read ? "accepted" : "refused";
  },
};

const MESSAGES = [
  { jsonrpc: "2.0", id: 1, method: "Connect", params: {} },
  { jsonrpc: "2.0", method: "Connect", params: [] },
  { jsonrpc: "2.0", id: "a", method: "RoomClose", params: { room_id: "lobby" } },
  { jsonrpc: "2.0", id: null, method: "x" },
].map((message) => JSON.stringify(message));

/** JSON-RPC requests: an id that is accepted comes back as it was. */
export const message: FuzzTarget = {
  name: "JSON-RPC message",
  shape: "json",
  seeds: MESSAGES,
  create: () => (input) => {
    const value = tryJson(input.toString());
    const id = readId(value);
    if (id !== null && typeof id !== "string" && !Number.isFinite(id)) throw new Fault("wrongly accepted", `id ${id}`);
    const parsed = attempt(() => parseRequest(value), isRefusal);
    if ("refusal" in parsed) return "refused";
    const { jsonrpc, method, params } = Object(value);
    const { value: request } = parsed;
    if (
      jsonrpc !== "2.0" ||
      request.method !== method ||
      typeof method !== "string" ||
      (params !== undefined && Object(params) !== params)
    )
      throw new Fault("wrongly accepted", "it is no request");
    if (request.id !== undefined && request.id !== id) throw new Fault("mismatch", "the id is not echoed as it came");
    return "accepted";
  },
};
