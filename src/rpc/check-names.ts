import type { Named } from "../fleet/named.ts";
import type { InternalContext } from "./context.ts";

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

/** The same where a listing begins: what goes away while its pages are read does not end it. */
export async function checkFilter(
  { after, pool, server, customer }: Named & { readonly after?: number | string | undefined },
  context: Parameters<typeof checkNames>[1],
): Promise<void> {
  if (!after) await checkNames({ pool, server, customer }, context);
}
