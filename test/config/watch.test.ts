import { describe, expect, test } from "bun:test";
import { type Clock, systemClock } from "../../src/clock.ts";
import { readFingerprint } from "../../src/config/read-files.ts";
import { createFileWatcher } from "../../src/config/watch.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createTempFolder } from "../temp-folder.ts";

/** The system's clock, but for the slow look that would find every change in the end. */
const withoutLooking: Clock = {
  ...systemClock,
  every: (intervalMs, callback) =>
    intervalMs > 1_000 ? { [Symbol.dispose]() {} } : systemClock.every(intervalMs, callback),
};

function watch(files: readonly string[], clock: Clock = withoutLooking) {
  let changes = 0;
  const waiting: (() => void)[] = [];
  const watcher = createFileWatcher({
    clock,
    onChange() {
      changes++;
      waiting.shift()?.();
    },
  });
  watcher.setFiles(new Map(files.map((file) => [file, undefined])));
  return { watcher, changes: () => changes, nextChange: () => new Promise<void>((resolve) => waiting.push(resolve)) };
}

describe.concurrent("the watcher of files", () => {
  test("notices a change while something else is written beside it all the time", async () => {
    using folder = createTempFolder({ "config.ts": "1" });
    const { watcher, changes, nextChange } = watch([folder.file("config.ts")]);
    await using _watcher = watcher;
    let isDone = false;
    const busy = (async () => {
      for (let i = 0; !isDone; i++) {
        folder.write("busy.log", `${i}`);
        await Bun.sleep(20);
      }
    })();
    await Bun.sleep(200);
    const changed = nextChange();
    folder.write("config.ts", "2");
    await changed;
    isDone = true;
    await busy;
    expect(changes()).toBe(1);
  });

  test("tells of nothing while the content stays the same", async () => {
    using folder = createTempFolder({ "config.ts": "1", other: "" });
    const { watcher, changes, nextChange } = watch([folder.file("config.ts")]);
    await using _watcher = watcher;
    for (let i = 0; i < 5; i++) {
      folder.write("config.ts", "1");
      folder.write("other", `${i}`);
      await Bun.sleep(20);
    }
    const changed = nextChange();
    folder.write("config.ts", "2");
    await changed;
    expect(changes()).toBe(1);
  });

  test("tells of a burst of fifty saves at most twice", async () => {
    using folder = createTempFolder({ "config.ts": "0" });
    // By this clock it is a burst however busy the machine is.
    const clock = createVirtualClock();
    const { watcher, changes } = watch([folder.file("config.ts")], clock);
    await using _watcher = watcher;
    const pass = async (ms: number) => {
      await clock.sleep(ms);
      await Bun.sleep(ms);
    };
    for (let i = 1; i <= 50; i++) {
      folder.write("config.ts", `${i}`);
      await pass(2);
    }
    while (changes() === 0) await pass(10);
    for (let i = 0; i < 15; i++) await pass(20);
    expect(changes()).toBeLessThanOrEqual(2);
  });

  test("takes no notice of files that it is told of when it was disposed of", async () => {
    using folder = createTempFolder({ "a/config.ts": "1", "b/config.ts": "1" });
    const { watcher } = watch([folder.file("a/config.ts")]);
    await watcher[Symbol.asyncDispose]();
    watcher.setFiles(new Map([[folder.file("b/config.ts"), undefined]]));
  });

  test("follows other files when it is told to", async () => {
    using folder = createTempFolder({ "a/config.ts": "1", "b/config.ts": "1" });
    const { watcher, nextChange } = watch([folder.file("a/config.ts")]);
    await using _watcher = watcher;
    watcher.setFiles(new Map([[folder.file("b/config.ts"), undefined]]));
    const changed = nextChange();
    folder.write("b/config.ts", "2");
    await changed;
  });

  test("tells at once of a file that is not as it was when it was read, and takes the others as it saw them last", async () => {
    using folder = createTempFolder({ read: "1", other: "1" });
    const [read, other] = [folder.file("read"), folder.file("other")];
    const used = readFingerprint(read);
    folder.write("read", "2");
    const { watcher, changes, nextChange } = watch([other]);
    await using _watcher = watcher;
    folder.write("other", "2");
    const changed = nextChange();
    watcher.setFiles(new Map([[read, used]]));
    await changed;
    expect(changes()).toBe(1);
    const changedAgain = nextChange();
    folder.write("other", "3");
    watcher.setFiles(
      new Map([
        [read, readFingerprint(read)],
        [other, undefined],
      ]),
    );
    folder.write("other", "4");
    await changedAgain;
    await Bun.sleep(300);
    expect(changes()).toBe(2);
  });
});
