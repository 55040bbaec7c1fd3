import type { ClientPrincipal } from "../auth/principal.ts";
import { RpcError } from "../errors.ts";
import type { RoomTarget } from "../fleet/admin.ts";
import type { InternalContext, RoomScope } from "./context.ts";

/**
 * The room that a call names, as the fleet knows it; throws `roomOutsideToken` unless it is one of the token's.
 * With scope "prefix" whatever begins with the token's first room is one of them too, as the Deno gateway had it.
 */
export function resolveRoom(
  { customer, namespace, rooms }: ClientPrincipal,
  room: string,
  scope: RoomScope,
): RoomTarget {
  const [first] = rooms;
  const inScope = rooms.includes(room) || (scope === "prefix" && first !== undefined && room.startsWith(first));
  if (!inScope) throw new RpcError("roomOutsideToken");
  return { customer, namespace, room };
}

/** The room that an operator names, as the fleet knows it; throws `namespaceUnknown` if no customer has the namespace. */
export function resolveOwnedRoom(
  namespace: string,
  room: string,
  { findOwner }: Pick<InternalContext, "findOwner">,
): RoomTarget {
  const customer = findOwner(namespace);
  if (customer === undefined) throw toNamespaceUnknown(namespace);
  return { customer, namespace, room };
}

/** The error that says that no customer has the namespace, and `more` of it. */
export function toNamespaceUnknown(namespace: string, more?: string): RpcError {
  const message = `no customer has the namespace ${JSON.stringify(namespace)}`;
  return new RpcError("namespaceUnknown", { message: more === undefined ? message : `${message}, ${more}` });
}
