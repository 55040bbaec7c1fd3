import type { HostileToken, TokenMaker } from "./token-maker.ts";

const NOT_JSON = "its payload is not JSON";
const TWICE = "its payload has a key twice";
const NO_OBJECT = "its claims are not an object";

/** Tokens whose payload is the fault; the signature of each is good. */
export function createHostileClaims(maker: TokenMaker, nowSec: number): HostileToken[] {
  return [...createPayloads(maker), ...createTimes(maker, nowSec), ...createTypes(maker)];
}

function createPayloads({ header, claims, signParts }: TokenMaker): HostileToken[] {
  const text = JSON.stringify(claims);
  const rest = text.slice(1);
  const payload = (name: string, part: string | Uint8Array, reason: string) =>
    refuse(`a payload ${name}`, signParts(header, part), reason);
  return [
    payload("with a byte order mark", `\ufeff${text}`, NOT_JSON),
    payload("in UTF-16", Buffer.from(text, "utf16le"), NOT_JSON),
    payload("that is no UTF-8", Buffer.from('{"rid":"\xff","uid":"u"}', "latin1"), NOT_JSON),
    payload("with an overlong slash", Buffer.from('{"rid":"\xc0\xaf","uid":"u"}', "latin1"), NOT_JSON),
    payload(
      "with half of a surrogate pair in bytes",
      Buffer.from('{"rid":"\xed\xa0\x80","uid":"u"}', "latin1"),
      NOT_JSON,
    ),
    payload("that is cut off", text.slice(0, -1), NOT_JSON),
    payload("with something after it", `${text}x`, NOT_JSON),
    payload("with another after it", `${text}${text}`, NOT_JSON),
    payload("with NUL after it", `${text}\u0000`, NOT_JSON),
    payload("with a comment", `${text}/**/`, NOT_JSON),
    payload("with a comma at its end", `${text.slice(0, -1)},}`, NOT_JSON),
    payload("with single quotes", text.replaceAll('"', "'"), NOT_JSON),
    payload("with a line break in a text", '{"rid":"a\nb","uid":"u"}', NOT_JSON),
    payload("that is nested deeply and not closed", "[".repeat(5_500), NOT_JSON),
    payload("of blanks", "   ", NOT_JSON),
    payload("compressed", Bun.gzipSync(Buffer.from(text)), NOT_JSON),
    payload("that is a list nested deeply", `${"[".repeat(2_500)}${"]".repeat(2_500)}`, NO_OBJECT),
    ...["null", "7", "true", '"text"', "[]", `[${text}]`].map((part) => payload(part.slice(0, 9), part, NO_OBJECT)),
    payload("with rid twice", `{"rid":"other",${rest}`, TWICE),
    payload("with uid twice", `{"uid":"other",${rest}`, TWICE),
    payload("with exp twice", `{"exp":1,${rest}`, TWICE),
    payload("with the same twice", `{"aud":"gateway",${rest}`, TWICE),
    payload("with rid twice, once escaped", `{"r\\u0069d":"other",${rest}`, TWICE),
    payload("with rid twice, among blanks", `{ "rid" : "other" , ${rest}`, TWICE),
    payload("with a key twice that means nothing", `{"x":1,"x":1,${rest}`, TWICE),
    payload("with a key twice in internal", `{"internal":{"server":"a","server":"b"},${rest}`, TWICE),
    payload("with a key twice deep inside", `{"x":[1,{"y":[{"z":1,"z":2}]}],${rest}`, TWICE),
    payload("with __proto__ twice", `{"__proto__":{},"__proto__":{},${rest}`, TWICE),
    payload("with an empty key twice", `{"":1,"":2,${rest}`, TWICE),
    payload("with a key twice after a text of quotes", `{"x":"\\\\\\"{","x":"}",${rest}`, TWICE),
    payload("with its claims in the prototype", `{"__proto__":${text}}`, "claim rid is missing"),
    payload("with its claims in the constructor", `{"constructor":{"prototype":${text}}}`, "claim rid is missing"),
    payload("with its claims inside another", `{"claims":${text}}`, "claim rid is missing"),
  ];
}

function createTimes({ header, claims, signParts, withClaims }: TokenMaker, nowSec: number): HostileToken[] {
  const literal = (name: "exp" | "nbf", written: string, reason: string) =>
    refuse(`${name} ${written.slice(0, 24)}`, signParts(header, `{"rid":"a","uid":"u","${name}":${written}}`), reason);
  const both = (written: string, reason: string) =>
    (["exp", "nbf"] as const).map((name) => literal(name, written, `claim ${name} ${reason}`));
  return [
    refuse("exp five minutes ago", withClaims({ exp: nowSec - 300, nbf: 0 }), "it expired 300 s ago"),
    refuse("exp at the epoch", withClaims({ exp: 0, nbf: 0 }), "it expired"),
    literal("exp", "-0", "it expired"),
    refuse("nbf in the future", withClaims({ exp: nowSec + 9_000, nbf: nowSec + 301 }), "not valid for another 301 s"),
    refuse(
      "nbf in milliseconds",
      withClaims({ exp: nowSec * 2_000, nbf: nowSec * 1_000 }),
      "it is not valid for another",
    ),
    refuse("nbf as late as can be", signParts(header, { rid: "a", uid: "u", nbf: 2 ** 53 - 1 }), "it is not valid"),
    refuse("exp before nbf", withClaims({ exp: nowSec + 10, nbf: nowSec + 11 }), "claim exp is before nbf"),
    refuse("exp before nbf, both past", withClaims({ exp: nowSec - 20, nbf: nowSec - 10 }), "claim exp is before nbf"),
    ...both("-1", "must not be negative"),
    ...both("-1e300", "must be an integer"),
    ...both("1e300", "must be an integer"),
    ...both("9007199254740992", "must be an integer"),
    ...both("99999999999999999999999999", "must be an integer"),
    ...both("1e400", "must be an integer"),
    ...both("-1e400", "must be an integer"),
    ...both(`${nowSec}.5`, "must be an integer"),
    ...both(`"${nowSec}"`, "must be a number"),
    ...['"NaN"', '"Infinity"', '""', "null", "true", "false", "[]", "{}", `[${nowSec + 60}]`].flatMap((written) =>
      both(written, "must be a number"),
    ),
    ...["NaN", "Infinity", "-Infinity", "undefined", "0x7fffffff", "1_000", "+1", "01", ".5", "1.", "1e"].flatMap(
      (written) => [literal("exp", written, NOT_JSON), literal("nbf", written, NOT_JSON)],
    ),
    refuse("new Date as exp", withClaims({ exp: new Date((claims.exp + 9) * 1_000) }), "claim exp must be a number"),
  ];
}

function createTypes({ header, claims, signParts, withClaims }: TokenMaker): HostileToken[] {
  const wrong = (name: string, values: readonly unknown[], reason = "") =>
    values.map((value) =>
      refuse(
        `${name} ${show(value)}`,
        withClaims({ [name]: value }),
        `claim ${name}${reason === "" ? "" : ` ${reason}`}`,
      ),
    );
  const without = (name: "rid" | "uid") => {
    const { [name]: _, ...others } = claims;
    return refuse(`no ${name}`, signParts(header, others), `claim ${name} is missing`);
  };
  const long = "x".repeat(256);
  const lone = ["\ud800", "a\udfffb", "\udc00\ud800"];
  const rooms = Array.from({ length: 33 }, (_, n) => `{m}${n}`);
  return [
    without("rid"),
    without("uid"),
    ...wrong("rid", [null, 7, true, {}, [[]], [null], [["a"]], ["a", 7], [{}], { "0": "a", length: 1 }]),
    ...wrong("rid", ["", [""], ["a", ""]], ""),
    ...wrong("rid", [[]], "must name at least one room"),
    ...wrong("rid", [long, [long], "ä".repeat(128)]),
    ...wrong("rid", [...lone, lone]),
    ...wrong("rid", [rooms], "must name at most 32 rooms"),
    ...wrong("uid", [null, 7, true, {}, [], ["u"], 1e300], "must be a string"),
    ...wrong("uid", [""], "must not be empty"),
    ...wrong("uid", [long, "😀".repeat(64)], "must be at most 255 bytes of UTF-8"),
    ...wrong("uid", lone, "must be valid Unicode"),
    ...wrong("aud", [null, 7, true, {}, [7], [["gateway"]], { gateway: true }]),
    ...wrong("aud", ["", "sfu", "Gateway", "gateway ", "gateways", [], ["sfu"], ["GATEWAY"]], 'must include "gateway"'),
    ...wrong("sub", [null, 7, true, {}, [7], [null], [["connect"]]], "must be a string or a list of strings"),
    ...wrong("internal", [null, 7, true, "sfu1:4433", [], ["sfu1:4433"]], "must be an object"),
    ...[null, 7, true, {}, []].map((server) =>
      refuse(
        `internal.server ${show(server)}`,
        withClaims({ internal: { server } }),
        "claim internal.server must be a string",
      ),
    ),
  ];
}

function refuse(name: string, token: string, reason: string): HostileToken {
  return { name, token, reason, isChecked: true };
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 30 ? `of ${text.length} characters` : text;
}
