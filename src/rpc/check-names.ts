import type { Awaitable } from "../awaitable.ts";
import type { Named } from "../fleet/named.ts";
import type { Page, PageQuery } from "../fleet/sequence.ts";
import type { InternalContext } from "./context.ts";
import { toNamespaceUnknown } from "./room-scope.ts";

/**
 * Throws `poolUnknown`, `serverUnknown` or `customerUnknown` if nobody knows what is named. A customer is known who is
 * configured, may come without being so, or has rooms or bans still.
 */
export async function checkNames(
  { customer, ...named }: Named,
  { store, limits, findOwner }: Pick<InternalContext, "store" | "limits" | "findOwner">,
): Promise<void> {
  const mayCome = customer === undefined || limits.has(customer) || findOwner(customer) === customer;
  await store.checkNamed({ ...named, customer: mayCome ? undefined : customer });
}

/**
 * The same where a listing begins: what goes away while its pages are read does not end it. Throws `namespaceUnknown` if
 * no customer has the namespace, and it has no rooms or bans still.
 */
export async function checkFilter(
  filter: Named & { readonly after?: number | string | undefined; readonly namespace?: string | undefined },
  context: Parameters<typeof checkNames>[1],
): Promise<void> {
  const { after, namespace, pool, server, customer } = filter;
  if (after) return;
  await checkNames({ pool, server, customer }, context);
  if (namespace === undefined || context.findOwner(namespace) !== undefined) return;
  const { store } = context;
  const isUsed =
    (await hasAny((page) => store.searchRooms({ ...page, namespace }))) ||
    (await hasAny((page) => store.searchBans({ ...page, namespace })));
  if (!isUsed) throw toNamespaceUnknown(namespace, "and it has no rooms or bans");
}

/** Says whether a search finds anything. Others have their turn in between, as there may be a million things to look at. */
async function hasAny(search: (page: PageQuery) => Awaitable<Page<unknown>>): Promise<boolean> {
  let after: number | undefined = 0;
  while (after !== undefined) {
    const { items, next }: Page<unknown> = await search({ after, limit: 1 });
    if (items.length > 0) return true;
    after = next;
    if (after !== undefined) await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}
