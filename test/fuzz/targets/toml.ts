import { parse } from "smol-toml";
import { extendConfig } from "../../../src/sfu-config/extend.ts";
import { createRecommendedSettings, isTable } from "../../../src/sfu-config/recommended.ts";
import { isRefusal } from "../fixture.ts";
import { attempt, Fault, type FuzzTarget } from "../target.ts";

const SEEDS = [
  '[supervisor]\nurl = "http://sfu:pw@gateway:7000/internal"\n\n[quic]\nidle_timeout = 60_000\nmigration = false\n',
  'title = """a\\\n  b"""\nat = 2026-01-01T07:32:00.123456-08:00\nday = 1979-05-27\nclock = 07:32:00.5\nlocal = 2026-01-01 00:00:00\n',
  "[metrics]\nallowed = ['10.0.0.0/8', \"127.0.0.1/8\"]\nglobal_labels = { a = 'x', 'b c' = \"\\u00e9\" }\n[limit.peer]\nx = 1e3\ny = -0.0\nz = inf\nn = nan\n",
  "[[authorization.keys]]\nkid = 'a'\nkty = 'OKP'\n\n[[authorization.keys]]\nkid = 'k'\n\n[database.report]\ntags = ['eu', 'big']\n[limit]\nmax_clients = 0x1f4\nmax_rooms = 9007199254740993\n",
  "a.b.c = [[1, 2], [true], [{ d = 0o17 }]]\n\"quoted key\" = 'lit\\eral'\n[provisioning]\nurl = 'x'\n",
];
const KEY = { kid: "k", kty: "OKP", crv: "Ed25519", x: "public", d: "private-half-of-the-key" };
const MAX_LENGTH = 262_144;

/** Configs of servers: what a server said stands in what it gets back, and extending that changes nothing. */
export const toml: FuzzTarget = {
  name: "TOML of a server",
  shape: "text",
  seeds: SEEDS,
  create() {
    const recommended = createRecommendedSettings({ reportIntervalMs: 5_000, metricsServer: undefined });
    return (input) => {
      const text = input.toString();
      const extended = attempt(() => extendConfig(text, recommended, [KEY]), isRefusal);
      if ("refusal" in extended) {
        if (extended.refusal.message.includes(KEY.d)) throw new Fault("leak", "the message shows the key");
        return "refused";
      }
      const out = extended.value.toml;
      const lost = findLost(read(text), read(out), "");
      if (lost !== undefined) throw new Fault("mismatch", `${lost} is not what the server said:\n${out}`);
      if (out.length <= MAX_LENGTH && extendConfig(out, recommended, [KEY]).toml !== out)
        throw new Fault("mismatch", `extended once more it is another one:\n${out}`);
      return "accepted";
    };
  },
};

const read = (text: string): unknown => parse(text, { integersAsBigInt: true });

/** The path of the first value that is not in the extended config as it was; lists may have got more at their end. */
function findLost(own: unknown, extended: unknown, path: string): string | undefined {
  if (own instanceof Date)
    return extended instanceof Date && own.toISOString() === extended.toISOString() ? undefined : path;
  if (Array.isArray(own)) {
    if (!Array.isArray(extended)) return path;
    const kept = path === ".authorization.keys" ? own.filter((key) => !isTable(key) || key.kid !== KEY.kid) : own;
    return findFirst(kept, (value, index) => findLost(value, extended[index], `${path}[${index}]`));
  }
  if (isTable(own)) {
    if (!isTable(extended)) return path;
    return findFirst(Object.entries(own), ([key, value]) =>
      findLost(value, Object.hasOwn(extended, key) ? extended[key] : undefined, `${path}.${key}`),
    );
  }
  // The writer has no sign for zero.
  return own === extended || (Number.isNaN(own) && Number.isNaN(extended)) ? undefined : path;
}

function findFirst<T>(values: readonly T[], find: (value: T, index: number) => string | undefined): string | undefined {
  for (const [index, value] of values.entries()) {
    const found = find(value, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
