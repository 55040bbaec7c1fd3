import { describe, expect, test } from "bun:test";
import { COMMANDS } from "../../src/cli/main.ts";
import { run } from "./run.ts";

describe("completion", () => {
  test("of bash completes commands and the flags of each", async () => {
    const { out } = await run(["completion", "bash"]);
    const complete = async (...words: string[]) => {
      const quoted = words.map((word) => `'${word}'`).join(" ");
      const script = `${out}\nCOMP_WORDS=(odin-gateway ${quoted}); COMP_CWORD=${words.length}; _odin_gateway; echo "\${COMPREPLY[@]}"`;
      const child = Bun.spawn(["bash", "-c", script], { stdout: "pipe" });
      return (await new Response(child.stdout).text()).trim();
    };
    expect(await complete("un")).toBe("undrain unban");
    expect(await complete("drain", "--d")).toBe("--deadline");
    expect(await complete("--takeo")).toBe("--takeover");
  });

  test.each(["bash", "zsh", "fish"])("of %s has every command and flag", async (shell) => {
    const { code, out } = await run(["completion", shell]);
    expect(code).toBe(0);
    for (const { name, flags } of COMMANDS) {
      expect(out).toContain(name);
      for (const flag of Object.keys(flags)) expect(out).toMatch(new RegExp(`(--|-l )${flag}\\b`));
    }
  });

  test("of another shell says which there are", async () => {
    const { code, err } = await run(["completion", "tcsh"]);
    expect([code, err]).toEqual([64, expect.stringContaining("bash, zsh, fish")]);
  });
});
