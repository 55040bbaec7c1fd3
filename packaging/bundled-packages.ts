import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
/** What `bun run build` makes the binary of, beside the page: the process and its threads. */
export const PROCESS_ENTRIES = ["index.ts", "src/store/state-writer-worker.ts", "src/webhooks/queue-writer-worker.ts"];
const ENTRIES = [
  { target: "bun", entrypoints: PROCESS_ENTRIES },
  { target: "browser", entrypoints: ["src/dashboard/page/page.html"] },
] as const;

const PACKAGE = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//;

/** Bundles what the binary is made of, without writing it, and gives the paths of all sources that went in. */
export async function listBundledSources(): Promise<string[]> {
  const builds = ENTRIES.map(({ target, entrypoints }) =>
    Bun.build({ entrypoints: entrypoints.map((path) => join(ROOT, path)), target, metafile: true }),
  );
  return (await Promise.all(builds)).flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));
}

/** Names of the packages that sources belong to, sorted. */
export function toPackageNames(sources: readonly string[]): string[] {
  const names = sources.flatMap((path) => PACKAGE.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}
