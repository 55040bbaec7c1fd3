import type { World } from "../world.ts";

/** The answer to a Connect of a user to a room. */
export async function connect(world: World, room: string, user: string) {
  return (await world.call(await world.token(room, user), "Connect")).body;
}
