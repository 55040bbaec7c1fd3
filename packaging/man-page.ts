import { type Command, toHelp } from "../src/cli/args.ts";

/**
 * The man page of the program, in roff: everything in it that could go out of date comes from the table of commands.
 * Source: man-pages(7), groff_man(7).
 */
export function toManPage(commands: readonly Command[], { version, date }: { version: string; date: string }): string {
  const [title = ""] = toHelp(undefined, commands).split("\n");
  const [name, summary] = title.split(": ");
  return [
    `.TH ODIN\\-GATEWAY 8 ${date} "odin\\-gateway ${toRoff(version)}" "System Administration"`,
    ".SH NAME",
    `${toRoff(name ?? "")} \\- ${toRoff(summary ?? "")}`,
    ".SH SYNOPSIS",
    ".B odin\\-gateway",
    "[\\fIcommand\\fR] [\\fIflags\\fR]",
    ".SH DESCRIPTION",
    `Without a command, ${commands[0]?.name} is meant.`,
    ...commands.flatMap((command) => [
      `.SS odin\\-gateway ${toRoff([command.name, ...(command.positionals ?? [])].join(" "))}`,
      ...toText(`${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`),
      ...toFlags(command),
      ".PP",
      "Examples:",
      ".PP",
      ".nf",
      ...command.examples.flatMap((example) => toText(`    ${example}`)),
      ".fi",
    ]),
    ".SH FILES",
    ...FILES.flatMap(([file, text]) => [".TP", `.I ${toRoff(file)}`, ...toText(text)]),
    ".SH SIGNALS",
    ...SIGNALS.flatMap(([signal, text]) => [".TP", `.B ${signal}`, ...toText(text)]),
    ".SH SEE ALSO",
    ".BR systemctl (1),",
    ".BR journalctl (1),",
    ".BR systemd.exec (5)",
    "",
  ].join("\n");
}

const FILES = [
  ["/etc/odin-gateway/gateway.config.ts", "The config; it counts as soon as it is saved."],
  ["/etc/odin-gateway/customers.json", "The customers: entries as odin-gateway keygen --json shows them."],
  ["/etc/odin-gateway/master.key", "The key from which the servers' keys follow, in base64. Back it up."],
  ["/var/lib/odin-gateway", "What the gateway keeps."],
] as const;

const SIGNALS = [
  ["SIGHUP", "Read the config again."],
  ["SIGTERM, SIGINT", "Finish the requests in flight, and end; at once when sent a second time."],
] as const;

function toFlags({ flags }: Command): string[] {
  return Object.entries(flags).flatMap(([name, { short, value, multiple, help }]) => {
    const names = [...(short ? [`-${short}`] : []), `--${name}`].map((each) => `\\fB${toRoff(each)}\\fR`).join(", ");
    const term = value === undefined ? names : `${names} \\fI${toRoff(value)}\\fR`;
    return [".TP", term, ...toText(multiple ? `${help} (may be repeated)` : help)];
  });
}

/** A line of text; one that begins as a request of roff does must not be one. */
function toText(text: string): string[] {
  const escaped = toRoff(text);
  return [/^[.']/.test(escaped) ? `\\&${escaped}` : escaped];
}

function toRoff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("`", "\\(ga");
}
