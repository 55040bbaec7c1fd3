import { describe, expect, test } from "bun:test";
import { COMMANDS } from "../../src/cli/main.ts";
import { run } from "./run.ts";

describe("the command line", () => {
  test("--help lists all commands, and each one's shows its flags and examples", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const { name, summary, flags, examples } of COMMANDS) {
      expect(out).toContain(`${name.padEnd(10)}  ${summary}`);
      const help = await run([name, "--help"]);
      expect(help.code).toBe(0);
      for (const flag of Object.keys(flags)) expect(help.out).toContain(`--${flag}`);
      for (const example of examples) expect(help.out).toContain(example);
    }
  });

  test("help is another word for --help", async () => {
    expect(await run(["help"])).toEqual(await run(["--help"]));
    expect(await run(["help", "token"])).toEqual(await run(["token", "--help"]));
  });

  test("--version is the version of the package", async () => {
    const { version } = await Bun.file("package.json").json();
    expect(await run(["--version"])).toEqual({ code: 0, out: `odin-gateway ${version}\n`, err: "" });
  });

  test.each([
    [["serv"], 'there is no command "serv"; odin-gateway --help lists them'],
    [["serve", "extra"], '"extra" is one argument too many'],
    [["--prot", "1"], "Unknown option '--prot'"],
    [["serve", "--port"], "argument missing"],
    [["--port", "70000"], '--port must be an integer from 0 to 65535, found "70000"'],
    [["--port", "x"], '--port must be an integer from 0 to 65535, found "x"'],
    [["simulate", "--servers", "0"], "--servers must be an integer from 1 to 10000"],
    [["inspect"], "inspect needs TOKEN"],
    [["token"], "no access key: set ODIN_ACCESS_KEY, or give --access-key"],
    [["token", "--access-key", "x"], "the access key must be 33 bytes in base64"],
    [["keygen", "--max-peers", "-1"], "--max-peers"],
    [["simulate", "--user", "sfu"], "--user must be NAME:PASSWORD"],
    [["simulate", "--url", "x"], '--url must be a URL such as http://127.0.0.1:7000/, found "x"'],
  ])("%p is one clear line and exit code 64", async (argv, message) => {
    const { code, out, err } = await run(argv);
    expect({ code, out }).toEqual({ code: 64, out: "" });
    expect(err).toStartWith("odin-gateway: ");
    expect(err).toContain(message);
    expect(err.trimEnd()).not.toContain("\n");
  });

  test.each([[["serve"]], [["check", "--config", "nowhere.ts"]], [["inspect", "a.b.c", "--config", "nowhere.ts"]]])(
    "%p without its file is exit code 66",
    async (argv) => {
      const { code, err } = await run(argv);
      expect(code).toBe(66);
      expect(err).toMatch(/there is no config file .*; --config PATH names another\n$/);
    },
  );

  test("short flags are those of the Deno gateway", () => {
    const short = Object.entries(COMMANDS[0]?.flags ?? {}).flatMap(([name, flag]) =>
      flag.short ? [[flag.short, name]] : [],
    );
    expect(Object.fromEntries(short)).toEqual({
      h: "host",
      p: "port",
      s: "ssl",
      c: "certificate",
      k: "privatekey",
      m: "masterkey",
    });
  });
});
