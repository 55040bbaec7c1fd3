import { createWorld, type World } from "../world.ts";

/** A world with one server that hosts the room "lobby". */
export async function hosted(config = {}): Promise<World> {
  const world = createWorld(config);
  await world.report("sfu1:4433", [{ room: "lobby", peers: 2 }]);
  return world;
}

/** The answer to a call of an operator. */
export const ask = async (world: World, method: string, params: object = {}) =>
  (await world.internal(method, params, { user: "op" })).body;
