import { dirname } from "node:path";
import { watch } from "chokidar";
import type { Clock } from "../clock.ts";
import { readFingerprint } from "./read-files.ts";

/** Notices when the content of files changes, however it is changed, until disposed. */
export interface FileWatcher extends AsyncDisposable {
  /**
   * Watches these files from now on, and tells at once of one that is not as its fingerprint says, which is that of the
   * content that was used. One without a fingerprint is as it was seen last, or as it is at this moment.
   */
  readonly setFiles: (files: ReadonlyMap<string, string | undefined>) => void;
}

/** A write in pieces, or a burst of them, is over when nothing happened for so long. */
const QUIET_MS = 100;
/** Where something else goes on all the time in the same folder, it is never quiet: then it is looked at all the same. */
const MAX_WAIT_MS = 500;
/** Changes that the system does not tell of (network file systems, swapped parents) are found by looking. */
const LOOK_INTERVAL_MS = 5_000;

/**
 * Creates a watcher. It watches the folders, and those above, as a file that is renamed over, or a folder that is swapped
 * by a symlink (as Kubernetes does with ConfigMaps), shows there only; and it tells of nothing until the content differs.
 */
export function createFileWatcher(options: { clock: Clock; onChange: () => void }): FileWatcher {
  const { clock, onChange } = options;
  let seen = new Map<string, string>();
  let quiet: Disposable | undefined;
  let waitingSince = 0;
  let folders: readonly string[] = [];
  /** Those that hold the files, and not only such a folder. */
  let holding: ReadonlySet<string> = new Set();
  const watcher = watch([], {
    ignoreInitial: true,
    depth: 0,
    followSymlinks: true,
    // A folder above may be anybody's: each file that comes and goes there would have all of its entries looked at.
    ignored: (path) => !folders.includes(path) && !holding.has(dirname(path)),
  });

  function look(): void {
    const now = new Map([...seen.keys()].map((file) => [file, readFingerprint(file)]));
    const isChanged = [...now].some(([file, fingerprint]) => seen.get(file) !== fingerprint);
    seen = now;
    if (isChanged) onChange();
  }

  function waitForQuiet(): void {
    if (quiet && clock.now() - waitingSince > MAX_WAIT_MS) return;
    if (!quiet) waitingSince = clock.now();
    quiet?.[Symbol.dispose]();
    quiet = clock.every(QUIET_MS, () => {
      quiet?.[Symbol.dispose]();
      quiet = undefined;
      look();
    });
  }

  watcher.on("all", waitForQuiet);
  // What changed while it was setting itself up, it has not seen.
  watcher.on("ready", waitForQuiet);
  watcher.on("error", () => waitForQuiet());
  const looking = clock.every(LOOK_INTERVAL_MS, look);

  return {
    setFiles(next) {
      // An attempt to load that was under way when this was disposed of ends here.
      if (watcher.closed) return;
      seen = new Map([...next].map(([file, used]) => [file, used ?? seen.get(file) ?? readFingerprint(file)]));
      const before = folders;
      holding = new Set([...seen.keys()].map((file) => dirname(file)));
      folders = [...new Set([...holding].flatMap((folder) => [folder, dirname(folder)]))];
      watcher.unwatch(before.filter((folder) => !folders.includes(folder)));
      watcher.add(folders.filter((folder) => !before.includes(folder)));
      waitForQuiet();
    },
    async [Symbol.asyncDispose]() {
      quiet?.[Symbol.dispose]();
      looking[Symbol.dispose]();
      await watcher.close();
    },
  };
}
