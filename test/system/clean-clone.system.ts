import { beforeAll, expect, test } from "bun:test";
import { createTempFolder } from "../temp-folder.ts";
import { requireTools, runTool } from "./tools.ts";

/** What a newcomer does: clone into an empty folder, with empty caches, and run the README's commands. */

beforeAll(() => requireTools("git", "npx"));

test("a clean clone with empty caches runs the demo and builds a binary that runs alone", async () => {
  using home = createTempFolder();
  await runTool(["git", "clone", "--quiet", process.cwd(), home.file("clone")], { cwd: home.path });
  const cwd = home.file("clone");
  // The machine's own settings of npm (its registry) stay, its caches do not; and no bun of ours is on the way.
  const path = (process.env.PATH ?? "")
    .split(":")
    .filter((folder) => !folder.includes("node_modules") && !folder.includes("bun"));
  const env = { PATH: path.join(":"), npm_config_cache: home.file("npm"), BUN_INSTALL_CACHE_DIR: home.file("bun") };
  const demo = await runTool(["npx", "-y", "bun@1.4.5", "run", "demo", "--seconds", "3"], { cwd, env });
  expect(demo).toMatch(/address {2}sfu\d\.sim:4433/);
  expect(demo).toMatch(/ 2 s {2}servers 8 .* joins [1-9]\d* .* refused 0/);
  await runTool(["npx", "-y", "bun@1.4.5", "run", "build"], { cwd, env });
  using empty = createTempFolder();
  expect(
    await runTool([`${cwd}/dist/odin-gateway`, "--version"], { cwd: empty.path, env: { PATH: "/nowhere" } }),
  ).toStartWith("odin-gateway ");
});
