import { encode, type HostileToken, type TokenMaker } from "./token-maker.ts";

const NOT_THREE = "it is not a JWS of three parts in base64url";
const NOT_64 = "its signature is not 64 bytes in canonical base64url";
const NOT_CANONICAL = "its header or payload is not in canonical base64url";

/** Tokens that are no compact JWS, or not the one way to write one. */
export function createHostileShapes({ header, claims, signParts, signEncoded }: TokenMaker): HostileToken[] {
  const good = signParts(header);
  const [first = "", second = "", third = ""] = good.split(".");
  const isOne = ([, token]: readonly [string, string]) => token !== good;
  const segments: readonly (readonly [string, string])[] = [
    ["one part", first],
    ["two parts", `${first}.${second}`],
    ["four parts", `${good}.${third}`],
    ["five parts, as a JWE", `${first}.${second}.${third}.${third}.${third}`],
    ["a JWE in earnest", [encode({ alg: "dir", enc: "A256GCM" }), "", third, second, third].join(".")],
    ["an empty header", `.${second}.${third}`],
    ["an empty payload", `${first}..${third}`],
    ["an empty signature", `${first}.${second}.`],
    ["dots only", ".."],
    ["a dot only", "."],
    ["a JWS in JSON", JSON.stringify({ protected: first, payload: second, signature: third }).replaceAll(" ", "")],
    ["a dot in front", `.${good}`],
    ["a dot at the end", `${good}.`],
    ["quotes around it", `"${good}"`],
    ["a scheme of its own", `Bearer:${good}`],
    ["a comma and another", `${good},${good}`],
    ["a percent sign", good.replace(".", "%2E")],
  ];
  const alphabets = [first, second, third].flatMap((part, at): readonly (readonly [string, string])[] => {
    const put = (text: string) => [first, second, third].with(at, text).join(".");
    const name = ["header", "payload", "signature"][at];
    return [
      ["=", `${part}=`],
      ["==", `${part}==`],
      ["a plus", `${part.slice(0, -1)}+`],
      ["a slash", `${part.slice(0, 5)}/${part.slice(6)}`],
      ["a tab", `${part.slice(0, 5)}\t${part.slice(5)}`],
      ["an exclamation mark", `${part}!`],
      ["a tilde", `${part.slice(0, -1)}~`],
      ["a Latin letter", `${part.slice(0, -1)}é`],
      ["a no-break space", `${part}\u00a0`],
    ].map(([what, text = ""]) => [`${what} in its ${name}`, put(text)] as const);
  });
  return [
    ...[...segments, ...alphabets].filter(isOne).map(([name, token]) => refuse(name, token, NOT_THREE)),
    ...createNonCanonical(first, second, third, signEncoded),
    ...[1, 2, 31, 32, 48, 63, 65, 96, 128, 256].map((length) =>
      refuse(`a signature of ${length} bytes`, `${first}.${second}.${encode(new Uint8Array(length).fill(7))}`, NOT_64),
    ),
    refuse("8,193 characters", "a".repeat(8_193), "it is longer than 8192 bytes"),
    refuse("8,193 characters that are no base64url", "!".repeat(8_193), "it is longer than 8192 bytes"),
    refuse("8,193 characters of dots", ".".repeat(8_193), "it is longer than 8192 bytes"),
    refuse(
      "a signature that is good, and more than 8 KiB",
      signParts(header, { ...claims, x: "x".repeat(8_000) }),
      "it is longer than 8192 bytes",
    ),
    refuse(
      "a kid of 9,000 characters",
      signParts({ ...header, kid: "x".repeat(9_000) }),
      "it is longer than 8192 bytes",
    ),
  ];
}

/** Other texts for the same bytes, and lengths that stand for no bytes. */
function createNonCanonical(
  first: string,
  second: string,
  third: string,
  signEncoded: (first: string, second: string) => string,
): HostileToken[] {
  const toTwin = (part: string) => part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1);
  // Spaces make the three lengths that a text can have, of which two leave bits over.
  const pad = (part: string) =>
    ["", " ", "  "].map((spaces) => encode(Buffer.from(part, "base64url").toString() + spaces));
  const hasBitsLeft = (part: string) => part.length % 4 !== 0;
  return [
    refuse("a signature with bits that encode nothing", `${first}.${second}.${toTwin(third)}`, NOT_64),
    ...pad(first)
      .filter(hasBitsLeft)
      .map((part) =>
        refuse(
          `a header of ${part.length} with bits that encode nothing`,
          signEncoded(toTwin(part), second),
          NOT_CANONICAL,
        ),
      ),
    ...pad(second)
      .filter(hasBitsLeft)
      .map((part) =>
        refuse(
          `a payload of ${part.length} with bits that encode nothing`,
          signEncoded(first, toTwin(part)),
          NOT_CANONICAL,
        ),
      ),
    ...["A", "AAAAA"].flatMap((text) => [
      refuse(`a header of ${text.length}`, signEncoded(text, second), NOT_CANONICAL),
      refuse(`a payload of ${text.length}`, signEncoded(first, text), NOT_CANONICAL),
    ]),
  ];
}

function refuse(name: string, token: string, reason: string): HostileToken {
  return { name, token, reason, isChecked: false };
}
