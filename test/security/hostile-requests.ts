import type { Piece } from "./raw-http.ts";

/** What a hostile request may come to: the statuses of all replies, in their order. "cut" is a connection closed without one. */
export type Outcome = string;

/** A request that no honest client sends, and all that it may come to. */
export interface HostileRequest {
  readonly name: string;
  readonly pieces: readonly Piece[];
  readonly outcomes: readonly Outcome[];
  /** Whether it is answered before its body came, so that what comes next belongs to it still. */
  readonly isUnfinished?: boolean;
}

const CALL = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Connect", params: {} });
const HEX = CALL.length.toString(16);
const LENGTH = `Content-Length: ${CALL.length}\r\n`;
const CHUNKED = "Transfer-Encoding: chunked\r\n";
const CHUNKS = `${HEX}\r\n${CALL}\r\n0\r\n\r\n`;
/** Nobody asks for this path but who was smuggled in; the test looks for it. */
export const SMUGGLED = "/smuggled";
const INNER = `GET ${SMUGGLED} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** All of them, for whoever holds that token: framing is judged after the credentials were good. */
export function listHostileRequests(token: string): readonly HostileRequest[] {
  const auth = `Authorization: Bearer ${token}\r\n`;
  const post = (headers: string, body = CALL, version = "1.1", host = "Host: x\r\n") =>
    `POST / HTTP/${version}\r\n${host}${auth}${headers}\r\n${body}`;
  const get = (target: string, headers = "", line = `GET ${target} HTTP/1.1`) => `${line}\r\nHost: x\r\n${headers}\r\n`;
  const bad = (name: string, piece: Piece, ...outcomes: Outcome[]): HostileRequest => ({
    name,
    pieces: [piece],
    outcomes: outcomes.length > 0 ? outcomes : ["400"],
  });
  const length = (value: string) => bad(`Content-Length: ${value.slice(0, 30)}`, post(`Content-Length: ${value}\r\n`));
  const chunks = (name: string, body: string, ...outcomes: Outcome[]) =>
    bad(`a chunk ${name}`, post(CHUNKED, body), ...(outcomes.length > 0 ? outcomes : ["400"]));
  const coding = (value: string, ...outcomes: Outcome[]) =>
    bad(`Transfer-Encoding: ${value}`, post(`Transfer-Encoding: ${value}\r\n`, CHUNKS), ...outcomes);

  return [
    // Lengths.
    ...["-1", "+5", "0x10", "1 2", "5, 5", "5,6", "", "1e3", "1.0", "١", "18446744073709551616"].map(length),
    ...["9223372036854775808", "9".repeat(40), "9".repeat(400)].map(length),
    bad("a length above the limit", post("Content-Length: 2000000\r\n"), "413"),
    bad("a length above what any listener takes", post("Content-Length: 2199023255552\r\n"), "413"),
    bad("two lengths", post(`Content-Length: 5\r\n${LENGTH}`)),
    bad("two lengths, the other way round", post(`${LENGTH}Content-Length: 5\r\n`)),
    bad("a length and chunks", post(`${LENGTH}${CHUNKED}`, CHUNKS)),
    bad("chunks and a length", post(`${CHUNKED}${LENGTH}`, CHUNKS)),
    bad(
      "a length of 0 and chunks with a request in them",
      post(`Content-Length: 0\r\n${CHUNKED}`, `0\r\n\r\n${INNER}`),
    ),
    bad("chunks of HTTP/1.0", post(CHUNKED, CHUNKS, "1.0")),
    // Codings.
    ...["identity", "xchunked", "gzip, chunked", "chunked, identity", "chunked, chunked", "\x0bchunked"].map((value) =>
      coding(value),
    ),
    bad("a space before the colon", post("Transfer-Encoding : chunked\r\n", CHUNKS)),
    bad("two codings", post(`${CHUNKED}${CHUNKED}`, CHUNKS)),
    // Chunks.
    chunks("of no size", `zz\r\n${CALL}\r\n0\r\n\r\n`),
    chunks("of a negative size", `-5\r\n${CALL}\r\n0\r\n\r\n`),
    chunks("with 0x", `0x${HEX}\r\n${CALL}\r\n0\r\n\r\n`),
    chunks("beyond 64 bits", `fffffffffffffffff\r\n${CALL}\r\n0\r\n\r\n`),
    chunks("beyond 64 bits that wraps", `10000000000000000${HEX}\r\n${CALL}\r\n0\r\n\r\n`),
    chunks("with bare line feeds", `${HEX}\n${CALL}\n0\n\n`),
    chunks("longer than it says", `5\r\n${CALL}\r\n0\r\n\r\n`),
    chunks("with an extension of 200,000 bytes", `${HEX};${"a".repeat(200_000)}\r\n${CALL}\r\n0\r\n\r\n`, "413", "400"),
    chunks("with a header behind the last", `${HEX}\r\n${CALL}\r\n0\r\nAuthorization: x\r\n\r\n`, "200", "200,400"),
    // Lines and headers.
    bad("HTTP/0.9", "GET /livez\r\n", "505"),
    bad("HTTP/2.0 in plain text", get("/livez", "", "GET /livez HTTP/2.0"), "505"),
    bad("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    bad("a TLS handshake", `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${"x".repeat(500)}`),
    bad("bare line feeds", "GET /livez HTTP/1.1\nHost: x\n\n", "505", "400"),
    bad("bare carriage returns", "GET /livez HTTP/1.1\rHost: x\r\r", "505", "400"),
    bad("a NUL in a value", get("/livez", "X: a\0b\r\n")),
    bad("a NUL in a name", get("/livez", "X\0: a\r\n")),
    bad("a NUL in the path", get("/li\0vez"), "505", "400"),
    bad("a tab in the path", get("/li\tvez"), "505", "400"),
    bad("a carriage return in a value", get("/livez", "X: a\rb\r\n")),
    bad("a folded value", get("/livez", "X: a\r\n b\r\n")),
    bad("a folded length", post(`Content-Length:\r\n ${CALL.length}\r\n`)),
    bad("a line without a colon", get("/livez", "nonsense\r\n")),
    bad("a header without a name", get("/livez", ": x\r\n")),
    bad("a space before the first header", "GET /livez HTTP/1.1\r\n X: y\r\nHost: x\r\n\r\n"),
    bad("no Host in HTTP/1.1", "GET /livez HTTP/1.1\r\n\r\n"),
    bad("300 headers", get("/livez", Array.from({ length: 300 }, (_, i) => `X${i}: y\r\n`).join("")), "431"),
    bad("a header of 20,000 bytes", get("/livez", `X: ${"a".repeat(20_000)}\r\n`), "431"),
    bad("a header of 1,000,000 bytes", get("/livez", `X: ${"a".repeat(1_000_000)}\r\n`), "431", "cut"),
    bad("a URL of 100,000 bytes", get(`/${"a".repeat(100_000)}`), "431", "414"),
    bad("a method of 100,000 bytes", get("/", "", `${"A".repeat(100_000)} / HTTP/1.1`), "431"),
    // Methods and targets.
    bad("a method that does not exist", get("/", "", "FOO / HTTP/1.1"), "cut", "405", "501"),
    bad("a method in lower case", get("/", "", "get /livez HTTP/1.1"), "cut", "405", "501"),
    bad("TRACE", get("/", "", "TRACE / HTTP/1.1"), "405"),
    bad("CONNECT", get("", "", "CONNECT evil.example:443 HTTP/1.1"), "405", "404"),
    bad("a target of another scheme", get("ftp://evil.example/livez")),
    bad("a target that is a star", get("*")),
    bad("a target without a slash", get("livez")),
    bad("a path of 10,000 slashes", get("/".repeat(10_000)), "404"),
    bad("a path of 4,000 dots", get("/..".repeat(4_000)), "405", "404"),
    bad("a path that is encoded", get("/%69nternal"), "404"),
    bad("a path with a NUL, encoded", get("/livez%00"), "404"),
    bad("a metrics page by another way", get("/x\\..\\metrics"), "401", "404"),
    bad("a metrics page by encoded dots", get("/x/%2e%2E/metrics"), "401", "404"),
    // Smuggling: one reply, and nobody has asked for the inner request.
    bad(
      "a request in a body that nobody reads",
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
      "401",
    ),
    bad(
      "a request in the body of a GET",
      `GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
      "200",
    ),
    bad(
      "a request in the chunks of a GET",
      `GET /livez HTTP/1.1\r\nHost: x\r\n${CHUNKED}\r\n${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
      "200",
    ),
    bad(
      "a request in a body of another path",
      `POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
      "404",
    ),
    bad(
      "a request behind a protocol change",
      `GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
      "200",
    ),
    bad(
      "a change to WebSocket",
      get(
        "/livez",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
      ),
      "200",
    ),
    // Oddities that are no faults, and lead nowhere.
    bad("a length twice, the same", post(`${LENGTH}${LENGTH}`), "200", "400"),
    bad("HTTP/1.0 without a Host", post(LENGTH, CALL, "1.0", ""), "200"),
    bad("a Host that is no host", post(LENGTH, CALL, "1.1", "Host: /internal?\r\n"), "200", "400"),
    bad("a Host with a path", get("/livez", "", "GET /livez HTTP/1.1\r\nHost: x/smuggled"), "200", "400"),
    bad("an absolute target", get("http://evil.example/livez"), "200"),
    bad(
      "one byte in each chunk",
      post(CHUNKED, `${[...CALL].map((byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`),
      "200",
    ),
    bad("Expect of what is not known", post(`Expect: nonsense\r\n${LENGTH}`), "200", "417"),
    {
      name: "Expect: 100-continue",
      pieces: [post(`Expect: 100-continue\r\n${LENGTH}`, ""), 20, CALL],
      outcomes: ["100,200"],
    },
    bad(
      "Expect: 100-continue, too large",
      post("Expect: 100-continue\r\nContent-Length: 2000000\r\n", ""),
      "413",
      "100,413",
    ),
    {
      name: "Expect: 100-continue without credentials",
      pieces: [`POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n`],
      outcomes: ["401", "100,401"],
      isUnfinished: true,
    },
    { name: "a request in single bytes", pieces: [...get("/livez")].flatMap((byte) => [byte, 0]), outcomes: ["200"] },
    // What is announced and not sent gets no reply; the system test waits until it is cut.
    bad("a body that does not come", post("Content-Length: 1000\r\n", ""), "none"),
    bad("chunks of which the last does not come", post(CHUNKED, CHUNKS.slice(0, -5)), "none"),
    bad("a chunk of 256 MB that does not come", post(CHUNKED, `fffffff\r\n${CALL}`), "none", "413"),
    bad("half a header", "GET /livez HTTP/1.1\r\nHo", "none"),
    bad("nothing at all", "", "none"),
  ];
}
