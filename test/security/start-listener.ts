import { listenOn } from "../http/listen-on.ts";
import type { World } from "../world.ts";

/** A world whose gateway listens, and posts to it. */
export interface ListeningWorld extends AsyncDisposable {
  readonly world: World;
  readonly url: string;
  /** Posts a body with a token; what goes wrong outside of any handler is thrown. */
  readonly post: (token: string, body: RequestInit["body"]) => Promise<Response>;
}

/** Has a world's gateway listen; both end together. */
export function startListener(world: World): ListeningWorld {
  const server = listenOn(world.gateway.fetch);
  const { url } = server;
  return {
    world,
    url,
    post: (token, body) =>
      fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: body ?? null,
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}
