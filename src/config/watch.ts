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
  const watcher = watch([], { ignoreInitial: true, depth: 0, followSymlinks: true });
  let folders: readonly string[] = [];

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
      const nextFolders = [...new Set([...seen.keys()].flatMap((file) => [dirname(file), dirname(dirname(file))]))];
      watcher.unwatch(folders.filter((folder) => !nextFolders.includes(folder)));
      watcher.add(nextFolders.filter((folder) => !folders.includes(folder)));
      folders = nextFolders;
      waitForQuiet();
    },
    async [Symbol.asyncDispose]() {
      quiet?.[Symbol.dispose]();
      looking[Symbol.dispose]();
      await watcher.close();
    },
  };
}
