import type { Command } from "./args.ts";
import { CommandError, EXIT } from "./io.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Creates `completion`, which prints what has a shell complete the commands and their flags. */
export function createCompletion(findCommands: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: `print a script that completes commands and flags in a shell: ${SHELLS.join(", ")}`,
    positionals: ["SHELL"],
    flags: {},
    examples: [
      "source <(odin-gateway completion bash)",
      "odin-gateway completion zsh > /usr/local/share/zsh/site-functions/_odin-gateway",
      "odin-gateway completion fish > ~/.config/fish/completions/odin-gateway.fish",
    ],
    async run(_flags, [shell = ""], io) {
      const write = { bash: toBash, zsh: toZsh, fish: toFish }[shell];
      if (!write)
        throw new CommandError(EXIT.usage, `there is no completion for "${shell}", only ${SHELLS.join(", ")}`);
      io.out(write(findCommands()));
      return EXIT.ok;
    },
  };
}

const toFlags = ({ flags }: Command) => [...Object.keys(flags), "help"].map((name) => `--${name}`);

function toBash(commands: readonly Command[]): string {
  const [first] = commands;
  return [
    "_odin_gateway() {",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
    '  local current="${COMP_WORDS[COMP_CWORD]}" words',
    "  if [[ $COMP_CWORD -eq 1 && $current != -* ]]; then",
    `    words="${commands.map(({ name }) => name).join(" ")}"`,
    "  else",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
    '    case "${COMP_WORDS[1]}" in',
    ...commands.map((command) => `      ${command.name}) words="${toFlags(command).join(" ")}" ;;`),
    `      *) words="${first ? toFlags(first).join(" ") : ""}" ;;`,
    "    esac",
    "  fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    "complete -o default -F _odin_gateway odin-gateway",
    "",
  ].join("\n");
}

function toZsh(commands: readonly Command[]): string {
  return [
    "#compdef odin-gateway",
    "_odin_gateway() {",
    "  local -a commands=(",
    ...commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`),
    "  )",
    "  if (( CURRENT == 2 )); then",
    "    _describe command commands",
    "    return",
    "  fi",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
    '  case "${words[2]}" in',
    ...commands.map((command) => `    ${command.name}) compadd -- ${toFlags(command).join(" ")} ;;`),
    "  esac",
    "  [[ $PREFIX == -* ]] || _files",
    "}",
    'if [ "$funcstack[1]" = "_odin_gateway" ]; then _odin_gateway "$@"; else compdef _odin_gateway odin-gateway; fi',
    "",
  ].join("\n");
}

function toFish(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = commands.flatMap(({ name, summary, flags }) => [
    `complete -c odin-gateway -n "not __fish_seen_subcommand_from ${names}" -f -a ${name} -d ${quoteFish(summary)}`,
    ...Object.entries(flags).map(([flag, { type, short, help }]) => {
      const names = `-l ${flag}${short ? ` -s ${short}` : ""}${type === "boolean" ? "" : " -r"}`;
      return `complete -c odin-gateway -n "__fish_seen_subcommand_from ${name}" ${names} -d ${quoteFish(help)}`;
    }),
  ]);
  return `${lines.join("\n")}\n`;
}

/** A word for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function quoteFish(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
