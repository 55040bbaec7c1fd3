/** The views of the page, in the order in which they are offered. */
export const VIEWS = ["fleet", "charts", "customers", "rooms", "bans", "tasks", "config", "audit", "why"] as const;
/** One of `VIEWS`, or the panel of one server. */
export type View = (typeof VIEWS)[number] | "server";

/** Where somebody is on the page, as its address says after the `#`. */
export interface Route {
  readonly view: View;
  /** Name of the server whose panel is shown, as `toServerName` has it; empty elsewhere. */
  readonly id: string;
  /** What is filtered by, and so on. */
  readonly query: Readonly<Record<string, string>>;
}

/** Reads the part of an address that begins with `#`; whatever is unknown leads to the fleet. */
export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name, ...rest] = path.split("/");
  const query = Object.fromEntries(new URLSearchParams(search));
  if (name === "server" && rest.length > 0) return { view: "server", id: decode(rest.join("/")), query };
  return { view: VIEWS.find((view) => view === name) ?? "fleet", id: "", query };
}

/** The name of a server in the address of its panel: its pool and its own address. */
export function toServerName({ pool, endpoint }: { readonly pool: string; readonly endpoint: string }): string {
  return `${pool}/${endpoint}`;
}

/** The address of a server's panel. */
export function toServerHash(server: { readonly pool: string; readonly endpoint: string }): string {
  return toHash("server", {}, toServerName(server));
}

/** The address of a view; what is empty in the query is left out. */
export function toHash(view: View, query: Readonly<Record<string, string | undefined>> = {}, id = ""): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const search = new URLSearchParams(pairs).toString();
  return `#/${view}${id && `/${encodePath(id)}`}${search && `?${search}`}`;
}

/** What may stand in an address as it is stays readable. */
function encodePath(text: string): string {
  return encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%3A", ":");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
