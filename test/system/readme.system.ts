import { beforeAll, expect, test } from "bun:test";
import { createTempFolder } from "../temp-folder.ts";
import { createCustomer } from "../world.ts";
import { buildBinary, findFreePort } from "./gateway-process.ts";
import { requireTools, runTool } from "./tools.ts";

beforeAll(() => requireTools("bash", "curl"));

test("the README's curl commands, typed into a shell, each get their result from the binary", async () => {
  const readme = await Bun.file("README.md").text();
  const section = readme.slice(readme.indexOf("## Call it by hand"));
  const [, commands = ""] = section.match(/```sh\n([\s\S]*?)```/) ?? [];
  expect(commands.match(/^curl /gm)).toHaveLength(5);

  const acme = createCustomer("my-game");
  const customers = JSON.stringify([{ ...acme.entry, maxPeers: null, maxRooms: null }]);
  const port = await findFreePort();
  using folder = createTempFolder({
    "customers.json": customers,
    "gateway.config.ts": `export default { http: { hostname: "127.0.0.1", port: ${port} }, customersFile: "customers.json", internal: { trustLoopback: true } };\n`,
  });
  using binary = await buildBinary();
  const gateway = Bun.spawn([binary.file("odin-gateway")], { cwd: folder.path, stdout: "ignore", stderr: "inherit" });
  const url = `http://127.0.0.1:${port}/`;
  const simulation = Bun.spawn(
    [
      "bash",
      "-c",
      `until curl -sf ${url}livez >/dev/null; do sleep 0.1; done; exec ${binary.file("odin-gateway")} simulate --url ${url} --servers 2 --players 0`,
    ],
    {
      cwd: folder.path,
      env: { ...process.env, ODIN_ACCESS_KEY: acme.accessKey },
      stdout: "ignore",
    },
  );
  try {
    const script = `set -eu; until curl -sf "$GATEWAY"readyz >/dev/null; do sleep 0.1; done\n${commands.replaceAll(/'$/gm, "'; echo")}`;
    const env = { GATEWAY: url, ODIN_ACCESS_KEY: acme.accessKey, PATH: `${binary.path}:${process.env.PATH}` };
    const answers = (await runTool(["bash", "-c", script], { cwd: folder.path, env }))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(answers[0].result).toEqual({
      address: expect.stringMatching(/^sfu[12]\.sim:4433$/),
      token: expect.any(String),
    });
    for (const { result } of answers.slice(1)) expect(result).toEqual({});
  } finally {
    simulation.kill();
    gateway.kill();
    await Promise.all([simulation.exited, gateway.exited]);
  }
});
