import { expect, test } from "bun:test";
import { toManPage } from "../../packaging/man-page.ts";
import { COMMANDS } from "../../src/cli/main.ts";

const page = toManPage(COMMANDS, { version: "1.2.3", date: "2026-01-01" });
const toPlain = (roff: string) => roff.replaceAll("\\-", "-").replaceAll(/\\f[BIR]/g, "");

test("the man page has every command with every flag, example and help text", () => {
  const plain = toPlain(page).replaceAll("\\(aq", "'").replaceAll("\\(ga", "`");
  for (const { name, flags, examples } of COMMANDS) {
    expect(plain).toContain(`.SS odin-gateway ${name}`);
    for (const [flag, { help }] of Object.entries(flags)) {
      expect(plain).toContain(`--${flag}`);
      expect(plain).toContain(help);
    }
    for (const example of examples) expect(plain).toContain(example);
  }
});

test("the man page's title has version and date, and no text of it is taken for a request", () => {
  expect(page).toStartWith('.TH ODIN\\-GATEWAY 8 2026-01-01 "odin\\-gateway 1.2.3"');
  const requests = new Set(page.split("\n").flatMap((line) => line.match(/^[.']\w*/) ?? []));
  expect([...requests].sort()).toEqual([".B", ".BR", ".I", ".PP", ".SH", ".SS", ".TH", ".TP", ".fi", ".nf"].sort());
});
