import { expect } from "bun:test";
import type { TempFolder } from "../temp-folder.ts";
import { type Running, start } from "./run.ts";

/** A gateway that serves in this process. Once disposed of, it has ended as it was asked to. */
export interface Serving extends Running, AsyncDisposable {
  /** Where it listened first. */
  readonly url: string;
}

/** Starts a gateway on the config of a folder, and resolves when it listens. */
export async function serveFolder({ path }: Pick<TempFolder, "path">, ...flags: string[]): Promise<Serving> {
  const gateway = start(["serve", ...flags], { cwd: path });
  const [, url = ""] = await gateway.waitFor(/\burl"?[=:]"([^"]+)"/);
  return {
    ...gateway,
    url,
    async [Symbol.asyncDispose]() {
      gateway.stop();
      expect((await gateway.result).code).toBe(0);
    },
  };
}
