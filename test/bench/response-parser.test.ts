import { describe, expect, test } from "bun:test";
import { createResponseParser, type HttpAnswer } from "../../bench/load/response-parser.ts";

const TEXT =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"a":"é\\r"}' +
  "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nX: y\r\n\r\n" +
  "HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nok";
const BYTES = Buffer.from(TEXT);
const ANSWERS = [
  { status: 200, body: '{"a":"é\\r"}' },
  { status: 503, body: "" },
  { status: 200, body: "ok" },
];

function parse(chunks: readonly Buffer[]): HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  const take = createResponseParser((answer) => answers.push(answer));
  for (const chunk of chunks) take(chunk);
  return answers;
}

describe("the parser of responses", () => {
  test("reads several answers of one chunk", () => {
    expect(parse([BYTES])).toEqual(ANSWERS);
  });

  test("reads the same wherever the bytes are cut", () => {
    for (let cut = 1; cut < BYTES.length; cut++)
      expect([cut, parse([BYTES.subarray(0, cut), BYTES.subarray(cut)])]).toEqual([cut, ANSWERS]);
    expect(parse(Array.from(BYTES, (byte) => Buffer.from([byte])))).toEqual(ANSWERS);
  });

  test("keeps nothing of a chunk that its owner uses again", () => {
    const chunk = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab");
    const answers: HttpAnswer[] = [];
    const take = createResponseParser((answer) => answers.push(answer));
    take(chunk);
    chunk.fill(0);
    take(Buffer.from("cd"));
    expect(answers).toEqual([{ status: 200, body: "abcd" }]);
  });

  test("throws at what has no length, or is no answer", () => {
    expect(() => parse([Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")])).toThrow("no answer");
    expect(() => parse([Buffer.from("SSH-2.0\r\n\r\n")])).toThrow("SSH-2.0");
  });
});
