import { afterAll, beforeAll } from "bun:test";
import type { Browser } from "playwright-core";
import type { TempFolder } from "../temp-folder.ts";
import { startBrowser } from "./browser.ts";
import { buildBinary } from "./gateway-process.ts";

/** The binary and a browser, for all tests of a file: there while they run, if there is a browser to be had. */
export function prepareBrowserTests(reason: string | undefined): {
  readonly binary: TempFolder;
  readonly browser: Browser;
} {
  const prepared: { binary?: TempFolder; browser?: Browser } = {};
  beforeAll(async () => {
    if (reason !== undefined) return;
    prepared.binary = await buildBinary();
    prepared.browser = await startBrowser();
  });
  afterAll(async () => {
    await prepared.browser?.close();
    prepared.binary?.[Symbol.dispose]();
  });
  const get = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("there is no browser, so this test was to be skipped");
    return value;
  };
  return {
    get binary() {
      return get(prepared.binary);
    },
    get browser() {
      return get(prepared.browser);
    },
  };
}
