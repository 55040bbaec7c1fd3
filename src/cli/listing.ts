import type { Flag } from "./args.ts";
import { CommandError, EXIT } from "./io.ts";
import { type OperatorClient, readList } from "./operator-client.ts";
import type { Row } from "./table.ts";

/** The flag that says how much of a listing is shown. */
export const LIMIT = {
  limit: { type: "integer", value: "N", min: 1, help: "at most so many (1000)" },
} as const satisfies Record<string, Flag>;
/** How much of it is shown without that flag, and asked for at once: a gateway has others to answer. */
export const DEFAULT_LIMIT = 1_000;
/** Most entries that a gateway gives at once. */
export const MAX_PAGE = 10_000;

/** All pages of a listing, up to `limit` entries; `isCut` if there are more. */
export async function listAll(
  call: OperatorClient,
  method: string,
  key: string,
  query: Row,
  limit = DEFAULT_LIMIT,
): Promise<Row> {
  const found: Row[] = [];
  let next: unknown;
  do {
    const page = await call(method, { ...query, limit: Math.min(limit - found.length, DEFAULT_LIMIT), after: next });
    found.push(...readList(page, key));
    if (page.next !== undefined && page.next === next)
      throw new CommandError(EXIT.unavailable, `the gateway gives the same page of ${key} again`);
    next = page.next;
  } while (next !== undefined && found.length < limit);
  return { [key]: found, isCut: next !== undefined };
}

/** Says of a listing that it is not all there is. */
export function toHint({ isCut }: Row) {
  return isCut === true ? { lines: ["there are more: --limit N shows them, and flags narrow it down"] } : {};
}
