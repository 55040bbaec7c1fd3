import { afterAll, describe, expect, test } from "bun:test";
import { findExcess, PUBLIC_BOUNDS } from "../../src/http/json-bounds.ts";
import type { Json } from "../json.ts";
import { createWorld } from "../world.ts";
import { startListener } from "./start-listener.ts";

const { maxDepth, maxKeys } = PUBLIC_BOUNDS;
const call = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"RoomBanClient","params":${params}}`;
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const keys = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join(",")}}`;
const user = (id: string) => call(`{"room_id":"lobby","user_id":${id},"ban_time":60}`);
const MIB = 1_048_576;

/** Bodies that are refused: what, status, part of the message. */
const REFUSED: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, number, string])[] = [
  ["no UTF-8 in a name", latin1(user('"\xff"')), 400, "not JSON"],
  ["half of a surrogate pair in bytes", latin1(user('"\xed\xa0\x80"')), 400, "not JSON"],
  ["an overlong slash", latin1(user('"\xc0\xaf"')), 400, "not JSON"],
  ["a character that is cut off", latin1(`${user('"a"')}\xe2\x82`), 400, "not JSON"],
  ["half of a surrogate pair, escaped", user('"\\ud800"'), 200, "user_id: must be 1 to 255 bytes of UTF-8"],
  ["UTF-16", new Uint8Array(Buffer.from(user('"a"'), "utf16le")), 400, "not JSON"],
  ["a mebibyte of brackets", "[".repeat(MIB), 400, `nested more than ${maxDepth} deep`],
  ["brackets that close", "[".repeat(MIB / 2) + "]".repeat(MIB / 2), 400, `nested more than ${maxDepth} deep`],
  ["objects inside of objects", '{"a":'.repeat(100_000), 400, `nested more than ${maxDepth} deep`],
  ["one level too many", call("[".repeat(maxDepth) + "]".repeat(maxDepth)), 400, `nested more than ${maxDepth} deep`],
  ["90,000 keys", call(keys(90_000)), 400, `more than ${maxKeys} keys`],
  ["one key too many", call(keys(maxKeys - 3)), 400, `more than ${maxKeys} keys`],
  ["__proto__ 60,000 times", `{${Array(60_000).fill('"__proto__":{}').join(",")}}`, 400, `more than ${maxKeys} keys`],
  ["a byte more than a mebibyte", " ".repeat(MIB + 1), 413, "longer than"],
  ["a name of a mebibyte", user(`"${"x".repeat(MIB - 200)}"`), 200, "user_id: must be 1 to 255 bytes of UTF-8"],
  ["a number of a mebibyte", user("9".repeat(MIB - 200)), 200, "user_id: must be a string"],
  ["a batch of 51", `[${Array(51).fill("1").join(",")}]`, 200, "at most 50 entries"],
  ["an infinite time", call('{"room_id":"lobby","user_id":"a","ban_time":1e400}'), 200, "ban_time: must be at most"],
  [
    "a negative time",
    call('{"room_id":"lobby","user_id":"a","ban_time":-1e-9}'),
    200,
    "ban_time: must not be negative",
  ],
  ["NaN", call('{"room_id":"lobby","user_id":"a","ban_time":NaN}'), 400, "not JSON"],
  [
    "parameters in the prototype",
    call('{"__proto__":{"room_id":"lobby","user_id":"a"}}'),
    200,
    "invalid params: room_id",
  ],
  ["parameters in the constructor", call('{"constructor":{"room_id":"lobby"}}'), 200, "invalid params: room_id"],
  ["a method of the prototype", '{"jsonrpc":"2.0","id":1,"method":"__proto__"}', 200, "unknown method"],
  ["a call in the prototype", '{"__proto__":{"jsonrpc":"2.0","id":1,"method":"Connect"}}', 200, "jsonrpc must be"],
  ["an id past 53 bits", '{"jsonrpc":"2.0","id":9007199254740993,"method":"Connect"}', 200, "id must be"],
  ["an infinite id", '{"jsonrpc":"2.0","id":1e400,"method":"Connect"}', 200, "id must be"],
];

/** A gateway that listens, with a room. */
async function createListener() {
  const world = createWorld();
  await world.report("sfu1:4433", [{ room: "lobby", peers: 2 }]);
  const token = await world.token("lobby", "backend");
  const listener = startListener(world);
  return {
    world,
    async post(body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>) {
      const response = await listener.post(token, body);
      const json: Json = await response.json();
      return { status: response.status, body: json };
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

let refused = 0;
let failures = 0;
afterAll(() => {
  process.stderr.write(`| JSON bodies | ${REFUSED.length} | ${REFUSED.length - refused} | ${failures} | 0 |\n`);
});

describe("a body", () => {
  test.each(REFUSED)(
    "with %s is refused, at once and in pieces, and changes nothing",
    async (_, body, status, reason) => {
      await using listener = await createListener();
      const bytes = typeof body === "string" ? new Uint8Array(Buffer.from(body)) : body;
      const pieces = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes.subarray(0, bytes.length / 2));
          controller.enqueue(bytes.subarray(bytes.length / 2));
          controller.close();
        },
      });
      for (const sent of [bytes, pieces]) {
        const answer = await listener.post(sent);
        if (answer.status >= 500) failures++;
        expect({ status: answer.status, message: answer.body.error?.message }).toEqual({
          status,
          message: expect.stringContaining(reason),
        });
      }
      expect((await listener.world.internal("Bans", {}, { user: "op" })).body.result.bans).toEqual([]);
      refused++;
    },
  );

  test("may begin with a byte order mark, and name what Unicode has", async () => {
    await using listener = await createListener();
    expect(await listener.post(`\ufeff${user('"😀\ufffd"')}`)).toMatchObject({ status: 200, body: { result: {} } });
    const { body } = await listener.world.internal("Bans", {}, { user: "op" });
    expect(body.result.bans).toMatchObject([{ user_id: "😀\ufffd" }]);
  });
});

describe("the bounds of a body", () => {
  test("are exact, and count nothing in strings", () => {
    const nested = (depth: number) => "[{".repeat(depth / 2);
    expect(findExcess(nested(maxDepth), PUBLIC_BOUNDS)).toBeUndefined();
    expect(findExcess(nested(maxDepth + 2), PUBLIC_BOUNDS)).toContain("deep");
    expect(findExcess(keys(maxKeys), PUBLIC_BOUNDS)).toBeUndefined();
    expect(findExcess(keys(maxKeys + 1), PUBLIC_BOUNDS)).toContain("keys");
    expect(findExcess("[]{}".repeat(100_000), PUBLIC_BOUNDS)).toBeUndefined();
    for (const text of [`"${"[{:".repeat(50_000)}"`, `"\\"${"[:".repeat(50_000)}"`, `"\\\\\\"${":[".repeat(50_000)}`])
      expect(findExcess(text, PUBLIC_BOUNDS)).toBeUndefined();
  });

  test("end a text that ends in the middle of anything", () => {
    for (const text of ["", '"', '"\\', '{"a', "[", ":"]) expect(findExcess(text, PUBLIC_BOUNDS)).toBeUndefined();
  });
});
