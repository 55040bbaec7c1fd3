import { encode, type HostileToken, signHmac, type TokenMaker, toHmacSecrets } from "./token-maker.ts";

const NONE = ["none", "None", "NONE", "nOnE", "NoNe", "none ", " none", "none\u0000", ""];
const OTHER_ALGORITHMS = [
  ...["HS256", "HS384", "HS512", "RS256", "RS512", "PS256", "ES256", "ES256K", "ES512", "Ed448", "ED25519"],
  ...["Ed25519", "EDDSA", "eddsa", "EdDsa", "EdDSA ", " EdDSA", "EdDSA\u0000", "EdDSA\n", "ＥdDSA", "ECDH-ES", "dir"],
];
const NO_ALGORITHMS: readonly unknown[] = [null, 0, 1, true, false, {}, [], ["EdDSA"], { alg: "EdDSA" }];
const NO_KIDS: readonly unknown[] = ["", null, 1.5, -1.5, 2 ** 53, -(2 ** 53), 1e300, true, false, [], {}, [["a"]]];

/** Tokens whose header is the fault; all of them are signed, mostly by the customer's own key. `mallory` has a key nobody knows. */
export function createHostileHeaders(maker: TokenMaker, mallory: TokenMaker): HostileToken[] {
  return [...createAlgorithms(maker), ...createKids(maker, mallory), ...createParameters(maker, mallory)];
}

function createAlgorithms(maker: TokenMaker): HostileToken[] {
  const { header, claims, withHeader } = maker;
  const alg = "its alg must be EdDSA";
  const unsigned = NONE.flatMap((name) => {
    const parts = `${encode({ ...header, alg: name })}.${encode(claims)}`;
    return [
      refuse(`alg ${JSON.stringify(name)} with no signature`, `${parts}.`, "not a JWS of three parts"),
      refuse(`alg ${JSON.stringify(name)} with no third part`, parts, "not a JWS of three parts"),
    ];
  });
  const hmacs = ([256, 384, 512] as const).flatMap((bits) =>
    toHmacSecrets(maker).flatMap(([secret, bytes]) => [
      refuse(
        `HS${bits} with the customer's public key as secret: ${secret}`,
        signHmac({ ...header, alg: `HS${bits}` }, claims, bits, bytes),
        bits === 512 ? alg : "its signature is not 64 bytes",
      ),
    ]),
  );
  return [
    ...unsigned,
    ...hmacs,
    ...[...NONE, ...OTHER_ALGORITHMS, ...NO_ALGORITHMS].map((value) =>
      refuse(`alg ${JSON.stringify(value)}`, withHeader({ alg: value }), alg),
    ),
    refuse("no alg", maker.signParts({ kid: header.kid }), alg),
    refuse("an alg under another case", maker.signParts({ ALG: "EdDSA", kid: header.kid }), alg),
    ...["Ed448", "X25519", "P-256", "ed25519", "", null, 7, ["Ed25519"]].map((crv) =>
      refuse(`crv ${JSON.stringify(crv)}`, withHeader({ crv }), "its crv must be Ed25519"),
    ),
  ];
}

function createKids({ header, withHeader, signParts }: TokenMaker, mallory: TokenMaker): HostileToken[] {
  const nobody = "no customer and no registered server has a key of this kid";
  const { kid } = header;
  const strange = [
    ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "undefined", "null"],
    ...["../../../../etc/passwd", "/dev/null", "C:\\keys\\key.pem", "file:///dev/null", "https://mallory.example/key"],
    ...["' OR '1'='1", "x'; DROP TABLE keys; --", "' UNION SELECT 'a", "$(id)", "`id`", "%00", "*", "{{7*7}}"],
    ...["\u0000", `${kid}\u0000`, `\u0000${kid}`, `${kid} `, ` ${kid}`, `${kid}\n`, `${kid}=`, `"${kid}"`],
    ...[kid.toLowerCase(), kid.toUpperCase(), `${kid}${kid}`, kid.slice(1), kid.slice(0, -1), "\ud800", "\ufeff"],
    ...["x".repeat(255), "x".repeat(5_000), "ä".repeat(2_500), "AAAAAAAAAAAA", "0", "-1", mallory.header.kid],
  ];
  return [
    // A kid may have no small letters.
    ...strange
      .filter((other) => other !== kid)
      .map((other) => refuse(`kid ${show(other)}`, withHeader({ kid: other }), nobody)),
    ...[0, 7, -7, 2 ** 53 - 1].map((other) => refuse(`kid ${other}`, withHeader({ kid: other }), nobody)),
    ...[...NO_KIDS, [kid], { kid }, { toString: kid }].map((other) =>
      refuse(`kid ${JSON.stringify(other)}`, withHeader({ kid: other }), "its header has no kid"),
    ),
    refuse("no kid", signParts({ alg: "EdDSA" }), "its header has no kid"),
    refuse("a kid of infinity", signParts('{"alg":"EdDSA","kid":1e400}'), "its header has no kid"),
    refuse(
      "a kid in the prototype",
      signParts(`{"alg":"EdDSA","__proto__":{"kid":"${kid}"}}`),
      "its header has no kid",
    ),
    refuse(
      "a kid nested deeply",
      signParts(`{"alg":"EdDSA","kid":${"[".repeat(900)}${"]".repeat(900)}}`),
      "has no kid",
    ),
  ];
}

function createParameters(maker: TokenMaker, mallory: TokenMaker): HostileToken[] {
  const { header, withHeader, signParts } = maker;
  const offers: readonly (readonly [string, object])[] = [
    ["jwk", { jwk: mallory.publicJwk }],
    ["jku", { jku: "https://mallory.example/jwks.json" }],
    ["x5u", { x5u: "https://mallory.example/cert.pem" }],
    ["x5c", { x5c: [Buffer.from(mallory.publicJwk.x, "base64url").toString("base64")] }],
    ["x5t", { x5t: mallory.publicJwk.x, "x5t#S256": mallory.publicJwk.x }],
    [
      "all of them",
      { jwk: mallory.publicJwk, jku: "https://mallory.example/", x5u: "https://mallory.example/", x5c: [] },
    ],
  ];
  const foreign: readonly (readonly [string, readonly unknown[]])[] = [
    ["crit", [[], ["exp"], ["b64"], ["alg"], ["x"], ["exp", "exp"], "exp", null, 7, {}, false]],
    ["b64", [false, true, null, "false", 0]],
    ["zip", ["DEF", "", null]],
    ["enc", ["A256GCM", "", null]],
  ];
  const { kid } = header;
  const isNone = "its header is not a JSON object";
  const twice = "its header has a key twice";
  return [
    ...offers.flatMap(([name, offer]) => [
      refuse(
        `${name} that offers another key, under the customer's kid`,
        mallory.signParts({ ...header, ...offer }),
        "its signature does not match",
        true,
      ),
      refuse(
        `${name} that offers another key, under its own kid`,
        mallory.withHeader(offer),
        "no customer and no registered server has a key of this kid",
      ),
      refuse(`${name} instead of a kid`, mallory.signParts({ alg: "EdDSA", ...offer }), "its header has no kid"),
    ]),
    ...foreign.flatMap(([name, values]) =>
      values.map((value) =>
        refuse(`${name} ${JSON.stringify(value)}`, withHeader({ [name]: value }), `its header has ${name}`),
      ),
    ),
    ...["null", "[]", '"EdDSA"', "7", "true", "", " ", "{", "}", "{}x", `[${JSON.stringify(header)}]`].map((text) =>
      refuse(`the header ${show(text)}`, signParts(text), text === "" ? "not a JWS of three parts" : isNone),
    ),
    refuse("a header with a byte order mark", signParts(`\ufeff${JSON.stringify(header)}`), isNone),
    refuse("a header in UTF-16", signParts(Buffer.from(JSON.stringify(header), "utf16le")), isNone),
    refuse("a header that is no UTF-8", signParts(Buffer.from('{"alg":"EdDSA","kid":"\xff"}', "latin1")), isNone),
    refuse("a header with something after it", signParts(`${JSON.stringify(header)}{}`), isNone),
    refuse("a header with NUL after it", signParts(`${JSON.stringify(header)}\u0000`), isNone),
    refuse("a header with a comment", signParts(`${JSON.stringify(header)}//`), isNone),
    refuse("a header nested deeply", signParts("[".repeat(5_000)), isNone),
    refuse("a header with alg twice", signParts(`{"alg":"none","alg":"EdDSA","kid":"${kid}"}`), twice),
    refuse("a header with kid twice", signParts(`{"alg":"EdDSA","kid":"x","kid":"${kid}"}`), twice),
    refuse("a header with kid twice, once escaped", signParts(`{"alg":"EdDSA","k\\u0069d":"x","kid":"${kid}"}`), twice),
    refuse("a header with a key twice inside", signParts(`{"alg":"EdDSA","kid":"${kid}","x":{"a":1,"a":2}}`), twice),
  ];
}

function refuse(name: string, token: string, reason: string, isChecked = false): HostileToken {
  return { name, token, reason, isChecked };
}

function show(text: string): string {
  return text.length > 40 ? `of ${text.length} characters` : JSON.stringify(text);
}
