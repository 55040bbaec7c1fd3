import { afterAll, describe, expect, test } from "bun:test";
import { parse } from "smol-toml";
import { extendConfig } from "../../src/sfu-config/extend.ts";
import { createWorld } from "../world.ts";

const extend = (toml: string) => extendConfig(toml, {}, []).toml;
const MAX_LENGTH = 262_144;
const times = Array.from({ length: 12_000 }, (_, i) => `07:32:00.123${1_000_000 + i}`);

/** Configs that are kept: what a value is written as, if that is other than it was. */
const KEPT: readonly (readonly [string, string, string?])[] = [
  ["30 February", "2026-02-30"],
  ["29 February of a common year", "2026-02-29T10:00:00Z"],
  ["31 April", "2026-04-31 10:00:00.5+02:00"],
  ["a time without seconds", "07:32"],
  ["a date and a time without seconds", "1979-05-27T07:32Z"],
  ["the year 0", "0000-01-01"],
  ["an offset of minus nothing", "1979-05-27T07:32:00-00:00"],
  ["minus zero", "-0.0"],
  ["minus zero as a power", "-0e5", "-0.0"],
  ["plus zero", "+0.0", "0.0"],
  ["the largest integer", "9223372036854775807"],
  ["the smallest integer", "-9223372036854775808"],
  ["the largest integer in hex", "0x7fffffffffffffff", "9223372036854775807"],
  ["an integer past 53 bits", "9007199254740993"],
  ["infinity", "inf"],
  ["minus infinity", "-inf"],
  ["no number", "nan"],
  ["a fraction", "0.1"],
  ["the largest number", "1.7976931348623157e308", "1.7976931348623157e+308"],
  [
    "a fine date after a string of quotes",
    `[ """x " """, "b", 07:32:00.123456 ] # "`,
    `[ "x \\" ", "b", 07:32:00.123456 ]`,
  ],
  ["a fine date after quotes in quotes", `[ ''' "' ''', 07:32:00.1234567 ] # '`, `[ " \\"' ", 07:32:00.1234567 ]`],
  ["a string that ends in quotes", `[ """a"""", 07:32:00.123456 ]`, `[ "a\\"", 07:32:00.123456 ]`],
  ["line ends of Windows in a string", '"""a\r\nb"""', '"a\\r\\nb"'],
  ["a string of 260,000", `"${"x".repeat(260_000)}"`],
  ["lists in lists", `${"[ ".repeat(400)}1${" ]".repeat(400)}`],
];

/** Configs that are refused, and what is said of them. */
const REFUSED: readonly (readonly [string, string, string])[] = [
  ["a 13th month", "a = 2026-13-01", "line 1, column 5: invalid date"],
  ["a 32nd day", "a = 2026-01-32", "line 1, column 5: invalid date"],
  ["the hour 24", "a = 24:00:00", "line 1, column 5: invalid date"],
  ["a leap second", "a = 23:59:60", "line 1, column 5: invalid date"],
  ["an offset of 25 hours", "a = 1979-05-27T07:32:00+25:00", "line 1, column 5: invalid date"],
  ["two dates as one", "a = 2026-02-30\nb = 2026-03-02", "2026-02-30 and 2026-03-02 cannot be told apart"],
  ["12,000 dates as one", `a = [${times.join(",")}]`, "cannot be told apart"],
  ["an integer past 64 bits", "a = 9223372036854775808", "does not fit into 64 bits: 9223372036854775808"],
  ["an integer below 64 bits", "a = [{ b = -9223372036854775809 }]", "does not fit into 64 bits"],
  ["an integer past 64 bits in hex", "a = 0xffffffffffffffff", "does not fit into 64 bits"],
  ["an integer of 260,000 digits", `a = ${"9".repeat(260_000)}`, `does not fit into 64 bits: ${"9".repeat(40)}…`],
  ["a number past all", "a = 1e400", "too large: 1e400"],
  ["a number past all, negative", "a = -1_0.0e30_9", "too large: 1_0.0e30_9"],
  ["infinity beside a number past all", "a = inf\nb = 1e309", "too large: 1e309"],
  ["half of a surrogate pair", 'a = "\ud800"', "half of a surrogate pair"],
  ["half of a surrogate pair, escaped", 'a = "\\ud800"', "line 1, column 6: invalid unicode escape"],
  ["a carriage return alone", "a = 1\rb = 2", "line 1, column 6"],
  ["NUL", 'a = "\u0000"', "line 1"],
  ["NUL in a comment", "# \u0000\na = 1", "line 1"],
  ["a key twice", "a = 1\na = 2", "line 2, column 1"],
  ["__proto__ twice", "__proto__ = 1\n__proto__ = 2", "line 2, column 1"],
  ["130,000 lists in lists", `a = ${"[".repeat(130_000)}`, "excessively nested"],
  ["60,000 tables in tables", `a = ${"{a=".repeat(60_000)}`, "excessively nested"],
  ["120,000 keys in a row", `a${".a".repeat(120_000)} = 1`, "nested too deeply"],
  [
    "100,000 keys",
    Array.from({ length: 100_000 }, (_, i) => `k${i}=1`).join("\n"),
    `longer than ${MAX_LENGTH} characters`,
  ],
  ["a string of a mebibyte", `a = "${"x".repeat(1_048_576)}"`, `longer than ${MAX_LENGTH} characters`],
];

let sound = 0;
afterAll(() => {
  const tried = KEPT.length + REFUSED.length;
  process.stderr.write(`| servers' TOML | ${tried} | ${tried - sound} | 0 | 0 |\n`);
});

describe("a server's config", () => {
  test.each(KEPT)(
    "with %s is written as it was read, in a table, a list and a table of a list",
    (_, value, written = value) => {
      for (const [before, after] of [
        [`a = ${value}\n`, `a = ${written}\n`],
        [`[[t]]\na = ${value}\n`, `[[t]]\na = ${written}\n`],
        [`[t.__proto__]\nconstructor = ${value}\n`, `[t.__proto__]\nconstructor = ${written}\n`],
      ] as const)
        expect(extend(before)).toStartWith(after);
      sound++;
    },
  );

  test.each(REFUSED)("with %s is refused", (_, toml, reason) => {
    expect(() => extend(toml)).toThrow(reason);
    sound++;
  });

  test("may have infinity beside keys and numbers in other bases that look like a number past all", () => {
    const toml = "z = inf\nb1e999c = 1\n1e999 = 2\nh = 0x1e999\n\n[a.1e999]\nx = 3\n";
    expect(extend(toml)).toStartWith(toml.replace("0x1e999", String(0x1e999)));
    expect(() => extend(`${toml}y = 1e999\n`)).toThrow("too large: 1e999");
  });

  test("with 15,000 keys and line ends of Windows keeps each of them", () => {
    const toml = Array.from({ length: 15_000 }, (_, i) => `k${i} = ${i}`).join("\r\n");
    expect(extend(toml)).toStartWith(`${toml.replaceAll("\r\n", "\n")}\n`);
  });

  test("whose tables bear names from the prototype changes no other object", () => {
    const toml = extend("[__proto__]\npolluted = 1\n[constructor.prototype]\npolluted = 2\n");
    expect(toml).toStartWith("[__proto__]\npolluted = 1\n\n[constructor.prototype]\npolluted = 2\n");
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.keys(parse(toml))).toContain("__proto__");
  });

  test("that is refused gets the reason over JSON-RPC, and no server is attached", async () => {
    await using world = createWorld();
    const params = { version: "1", public_endpoint: "sfu1:4433", config: "a = 9223372036854775808" };
    const { status, body } = await world.internal("sfu.GridConfig", params);
    expect({ status, code: body.error.code }).toEqual({ status: 200, code: -32602 });
    expect(body.error.message).toContain("does not fit into 64 bits");
    expect((await world.internal("Servers", {}, { user: "op" })).body.result.servers).toEqual([]);
  });
});
