import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder with files in it, removed when disposed. */
export interface TempFolder extends Disposable {
  readonly path: string;
  readonly file: (name: string) => string;
  readonly write: (name: string, text: string) => string;
}

/** Creates a folder with those files. */
export function createTempFolder(files: Readonly<Record<string, string>> = {}): TempFolder {
  const path = mkdtempSync(join(tmpdir(), "odin-gateway-test-"));
  const file = (name: string) => join(path, name);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(file(name)), { recursive: true });
    writeFileSync(file(name), text);
    return file(name);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return { path, file, write, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
