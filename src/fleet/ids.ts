/** Identity of a room: pool, namespace and name. */
export type RoomKey = string & { readonly __brand: "RoomKey" };

/** Identity of the rooms that share a hash tag in one namespace of one pool, and so always a server. */
export type GroupKey = string & { readonly __brand: "GroupKey" };

/** Identity of a server in one pool. */
export type ServerId = string & { readonly __brand: "ServerId" };

/** Identity of a room over all pools: bans and admin calls act on it wherever it lives. */
export type RoomName = string & { readonly __brand: "RoomName" };

const MAX_NAME_BYTES = 255;
/** UTF-8 has at most three bytes for each unit of a string, so shorter names need no counting. */
const SURELY_SHORT = MAX_NAME_BYTES / 3;

/** Says whether a value can name a room, a user or a customer: 1 to 255 bytes of well-formed UTF-8. */
export function isName(value: unknown): value is string {
  if (typeof value !== "string" || value.length === 0 || value.length > MAX_NAME_BYTES) return false;
  return (value.length <= SURELY_SHORT || Buffer.byteLength(value) <= MAX_NAME_BYTES) && value.isWellFormed();
}

/**
 * The text that decides which server a room shares: what stands between the first `{` and the next `}`,
 * or the whole name if that is empty or missing (Redis Cluster specification, "Hash tags").
 */
export function hashTag(room: string): string {
  const open = room.indexOf("{");
  const close = open < 0 ? -1 : room.indexOf("}", open + 1);
  return close > open + 1 ? room.slice(open + 1, close) : room;
}

/** Key of a room; no two different triples share one. */
export function toRoomKey(pool: string, namespace: string, room: string): RoomKey {
  return join(pool, namespace, room) as RoomKey;
}

/** Key of the group that a room belongs to. */
export function toGroupKey(pool: string, namespace: string, room: string): GroupKey {
  return join(pool, namespace, hashTag(room)) as GroupKey;
}

/** Key of a room in whichever pool it lives. */
export function toRoomName(namespace: string, room: string): RoomName {
  return join("", namespace, room) as RoomName;
}

/** Key of a server in a pool. */
export function toServerId(pool: string, endpoint: string): ServerId {
  return join(pool, "", endpoint) as ServerId;
}

/** Key of the group of that hash tag. */
export function toTagKey(pool: string, namespace: string, tag: string): GroupKey {
  return join(pool, namespace, tag) as GroupKey;
}

/** Length prefixes keep ("a", "bc") and ("ab", "c") apart whatever characters the parts hold. */
function join(first: string, second: string, third: string): string {
  return `${first.length}:${first}${second.length}:${second}${third}`;
}

/** The three parts of a key that was joined of them; undefined if it was not. */
export function splitKey(key: string): readonly [string, string, string] | undefined {
  const first = readPart(key, 0);
  const second = first && readPart(key, first.end);
  return first && second && [first.text, second.text, key.slice(second.end)];
}

function readPart(key: string, start: number): { readonly text: string; readonly end: number } | undefined {
  const colon = key.indexOf(":", start);
  const length = Number(key.slice(start, colon));
  const end = colon + 1 + length;
  if (colon <= start || !Number.isSafeInteger(length) || length < 0 || end > key.length) return undefined;
  return { text: key.slice(colon + 1, end), end };
}
