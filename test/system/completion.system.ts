import { expect, test } from "bun:test";
import { COMMANDS } from "../../src/cli/main.ts";
import { run } from "../cli/run.ts";
import { createTempFolder } from "../temp-folder.ts";
import { ensureTool, runTool } from "./tools.ts";

/** By shell: what reads the script and says what it would complete. */
const SHELLS: Readonly<Record<string, (script: string) => string[]>> = {
  bash: (script) => [
    "bash",
    "-c",
    `source ${script}; COMP_WORDS=(odin-gateway dra); COMP_CWORD=1; $(complete -p odin-gateway | sed 's/.*-F \\([^ ]*\\).*/\\1/') odin-gateway dra odin-gateway; echo "\${COMPREPLY[@]}"`,
  ],
  zsh: (script) => [
    "zsh",
    "-fc",
    `autoload -Uz compinit; compinit -u -D; source ${script}; which "$_comps[odin-gateway]"`,
  ],
  fish: (script) => ["fish", "-c", `source ${script}; complete -C "odin-gateway dra"`],
};

for (const [shell, toCommand] of Object.entries(SHELLS)) {
  const why = await ensureTool(shell, shell);
  test.skipIf(why !== undefined)(
    `${shell} completes the commands by the script that \`completion ${shell}\` prints${why === undefined ? "" : ` (skipped: ${why})`}`,
    async () => {
      expect(COMMANDS.map(({ name }) => name)).toContain("drain");
      using folder = createTempFolder({ script: (await run(["completion", shell])).out });
      const env = { HOME: folder.path };
      expect(await runTool(toCommand(folder.file("script")), { cwd: folder.path, env })).toContain("drain");
    },
    30_000,
  );
}
