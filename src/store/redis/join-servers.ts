import { adoptServer } from "../../fleet/adopt.ts";
import type { ServerId } from "../../fleet/ids.ts";
import type { Fleet, Server } from "../../fleet/state.ts";
import { type Claims, toListKeys, toServerKey } from "./claims.ts";
import { toSharedServer } from "./delta.ts";
import type { Link } from "./link.ts";

/** Customers, or servers, that are asked for at a time. */
const AT_A_TIME = 8;

/** Whoever was told of a report, and not by the server, dates it so much later at most, and knows no more than Redis. */
const NEWS_MS = 500;

/** Has the fleet know of all servers of which the shared state knows, and the shared state of those that the fleet has heard later. */
export async function joinServers(options: {
  fleet: Fleet;
  link: Link;
  claims: Claims;
  prefix: string;
  now: () => number;
  apply: (isOwn: boolean, transition: () => void) => void;
  pushServer: (server: Server) => Promise<void>;
}): Promise<void> {
  const { fleet, link, claims, prefix, now, apply, pushServer } = options;
  const ids = toTexts(await link.send("SMEMBERS", [toListKeys(prefix).servers]));
  const newer = new Set(fleet.servers.values());
  await forAll(ids, async (id) => {
    const [known, at, figures] = toTexts(await link.send("HMGET", [toServerKey(prefix, id), "known", "at", "figures"]));
    const silentMs = Math.max(0, claims.knownUntil() - Number(at));
    const shared = toSharedServer(known ?? "", silentMs, figures ?? "{}");
    if (!shared || silentMs > fleet.policy.removeTimeoutMs || !fleet.policy.pools.includes(shared.known.pool)) return;
    const mine = fleet.servers.get(id as ServerId);
    if (mine && mine.lastSeenAt > now() - silentMs + NEWS_MS) return;
    if (mine) newer.delete(mine);
    apply(false, () => adoptServer(fleet, shared, now()));
  });
  await forAll([...newer], pushServer);
}

/** Acts on all of them, a few at a time. */
export async function forAll<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of left) await act(item);
    }),
  );
}

/** The texts of an answer that is a list or a set; empty ones where there is nothing. */
export function toTexts(answer: unknown): string[] {
  const list = answer instanceof Set ? [...answer] : Array.isArray(answer) ? answer : [];
  return list.map((item) => (item === null ? "" : String(item)));
}
