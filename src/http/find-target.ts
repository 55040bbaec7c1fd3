import type { Audience } from "./respond.ts";

/** What of a gateway decides which paths there are. */
export interface Paths {
  readonly pools: readonly string[];
  readonly defaultPool: string;
  /** Whether pools were configured, and so are to be found under paths of their own. */
  readonly hasPoolPaths: boolean;
  /** Absent where it is switched off. */
  readonly dashboard: unknown;
}

/** A page for operators, or what is under it. */
export type Page = "metrics" | "dashboard" | "feed";

/** What a request asks for: a probe, a page, or to be called as an API of a pool. */
export type Target =
  | { readonly probe: "livez" | "readyz" }
  | { readonly page: Page }
  | { readonly audience: Audience; readonly pool: string };

/** What a request asks for by its URL, if there is anything. */
export function findTarget(url: string, { pools, defaultPool, hasPoolPaths, dashboard }: Paths): Target | undefined {
  const segments = toSegments(url);
  if (segments.length > 2) return undefined;
  const [first, second] = segments;
  if (first === undefined) return { audience: "public", pool: defaultPool };
  if (second === undefined && first === "internal") return { audience: "internal", pool: defaultPool };
  if (second === undefined && (first === "livez" || first === "readyz")) return { probe: first };
  if (second === undefined && first === "metrics") return { page: first };
  if (dashboard && first === "dashboard") {
    if (second === undefined) return { page: first };
    return second === "feed" ? { page: second } : undefined;
  }
  if (!hasPoolPaths || !pools.includes(first)) return undefined;
  if (second === undefined) return { audience: "public", pool: first };
  return second === "internal" ? { audience: "internal", pool: first } : undefined;
}

/** Segments of the path. Not by `new URL`: an HTTP/1.0 request without Host has "/" for its URL. */
function toSegments(url: string): string[] {
  const scheme = url.indexOf("://");
  const start = scheme < 0 ? 0 : url.indexOf("/", scheme + 3);
  // Clients call "/".
  if (start < 0 || start === url.length - 1) return [];
  const [path = ""] = url.slice(start).split(/[?#]/);
  const segments = path.split("/").slice(1);
  return segments.at(-1) === "" ? segments.slice(0, -1) : segments;
}
