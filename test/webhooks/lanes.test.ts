import { describe, expect, test } from "bun:test";
import { createLanes } from "../../src/webhooks/lanes.ts";

const message = (seq: number, key = "a") => ({ seq, id: `msg_${seq}`, key, body: "0123456789", wallMs: 0 });

describe("the messages that wait", () => {
  test("are bounded by their number: the oldest goes, but not one that is on its way", () => {
    const lanes = createLanes({ messages: 3, bytes: 1_000 });
    lanes.add(message(1, "a"));
    const lane = lanes.take(0);
    for (const seq of [2, 3]) expect(lanes.add(message(seq, "a"))).toEqual([]);
    expect(lanes.add(message(4, "b")).map(({ seq }) => seq)).toEqual([2]);
    expect(lanes.add(message(5, "b")).map(({ seq }) => seq)).toEqual([3]);
    expect([...lanes.all()].map(({ seq }) => seq)).toEqual([1, 4, 5]);
    if (!lane) throw new Error("nothing was due");
    lanes.finish(lane, message(1));
    expect([lanes.count(), lanes.oldest()?.seq]).toEqual([2, 4]);
  });

  test("are bounded by their size", () => {
    const lanes = createLanes({ messages: 100, bytes: 25 });
    lanes.add(message(1));
    lanes.add(message(2));
    expect(lanes.add(message(3)).map(({ seq }) => seq)).toEqual([1]);
    expect([lanes.count(), lanes.bytes()]).toEqual([2, 22]);
    lanes.clear();
    expect([lanes.count(), lanes.bytes(), lanes.oldest(), lanes.take(0)]).toEqual([0, 0, undefined, undefined]);
  });

  test("of a key that failed wait for their time, and others do not", () => {
    const lanes = createLanes({ messages: 100, bytes: 1_000 });
    lanes.add(message(1, "a"));
    lanes.add(message(2, "b"));
    const lane = lanes.take(0);
    if (!lane) throw new Error("nothing was due");
    lanes.retry(lane, 50);
    expect(lanes.take(0)?.key).toBe("b");
    expect(lanes.take(49)).toBeUndefined();
    expect(lanes.take(50)?.key).toBe("a");
  });
});
