import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { HttpServer } from "../../src/http/server.ts";
import { listenOn } from "../http/listen-on.ts";
import { createWorld, type World } from "../world.ts";
import { type HostileRequest, listHostileRequests, SMUGGLED } from "./hostile-requests.ts";
import { type Exchange, exchange } from "./raw-http.ts";

const RUNS = 400;

let world: World;
let server: HttpServer;
let token: string;
const paths: string[] = [];
const uncaught: Error[] = [];
let [tried, accepted, failed] = [0, 0, 0];

beforeAll(async () => {
  world = createWorld();
  await world.report("sfu1:4433");
  token = await world.token("a", "u");
  server = listenOn(
    (request, peer, line) => {
      paths.push(request.url);
      return world.gateway.fetch(request, peer, line);
    },
    (error) => uncaught.push(error),
  );
});
afterAll(async () => {
  process.stderr.write(`hostile HTTP: ${tried} tried, ${accepted} wrongly accepted, ${failed} with a 5xx\n`);
  await server[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

function call(id: number, authorization = `Bearer ${token}`): string {
  const body = JSON.stringify({ jsonrpc: "2.0", id, method: "Connect", params: {} });
  return `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** A request that has nothing to do with the one before it. */
const NEXT = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

const isFinal = (statuses: readonly number[]) => statuses.some((status) => status >= 200);

function toOutcome({ statuses, before, isClosed }: Exchange): string {
  if (before > 0) return statuses.slice(0, before).join(",");
  return isClosed ? "cut" : "none";
}

/** 505 is the refusal of a version of HTTP that is not served, and no fault of the server. */
const isFault = (status: number) => status >= 500 && status !== 505;

async function expectHealthy(): Promise<void> {
  expect(uncaught).toEqual([]);
  const errors = world.logLines.filter(({ severity }) => severity === "ERROR");
  expect(errors.filter(({ msg }) => !String(msg).startsWith("a caller of /internal was refused"))).toEqual([]);
  const { statuses } = await exchange(server.url, [call(1)], { until: (seen) => seen.length > 0, waitMs: 5_000 });
  expect(statuses).toEqual([200]);
}

describe("over a real socket", () => {
  const requests = listHostileRequests("TOKEN");
  test.each(requests.map(({ name }, index) => [name, index] as const))("%s comes to what it may", async (_, index) => {
    const request: HostileRequest | undefined = listHostileRequests(token)[index];
    paths.length = 0;
    const answer = await exchange(server.url, request?.pieces ?? [], { until: isFinal, next: NEXT, waitMs: 150 });
    const outcome = toOutcome(answer);
    tried++;
    accepted += Number(!request?.outcomes.includes(outcome));
    failed += Number(answer.statuses.some(isFault));
    expect(request?.outcomes).toContain(outcome);
    expect(answer.statuses.filter(isFault)).toEqual([]);
    expect(paths.filter((path) => path.endsWith(SMUGGLED))).toEqual([]);
    // Both ends agree on where the request ended, or they part.
    const isNextDue = isFinal(answer.statuses) && !request?.isUnfinished;
    if (!answer.isClosed) expect(answer.statuses.slice(answer.before)).toEqual(isNextDue ? [200] : []);
    // Nobody goes on reading where a request was not understood: what follows could be anything.
    if (answer.statuses.at(-1) === 400) expect(answer.isClosed).toBe(true);
    await expectHealthy();
  });

  test(`whatever bytes of a good request are changed, ${RUNS} times, it is answered, refused or cut, and hurts nobody`, async () => {
    const good = Buffer.from(call(1), "latin1");
    const change = fc.record({
      at: fc.integer({ min: 0, max: good.length - 1 }),
      remove: fc.integer({ min: 0, max: 8 }),
      insert: fc.oneof(
        fc.constantFrom("\r\n", "\0", ":", " ", "\n", "\t", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"),
        fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let text = good.toString("latin1");
        for (const { at, remove, insert } of changes) text = text.slice(0, at) + insert + text.slice(at + remove);
        const { statuses } = await exchange(server.url, [text], { until: (seen) => seen.length > 0, waitMs: 20 });
        tried++;
        failed += Number(statuses.some(isFault));
        expect(statuses.filter(isFault)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    await expectHealthy();
  }, 60_000);
});

describe("pipelined requests", () => {
  test("are answered in their order, or not at all: no answer is another's, and none is lost in between", async () => {
    const count = 20;
    const burst = Array.from({ length: count }, (_, index) => call(index + 1)).join("");
    const { text } = await exchange(server.url, [burst], { until: (seen) => seen.length === count, waitMs: 5_000 });
    const ids = [...text.matchAll(/"id":(\d+)/g)].map(([, id]) => Number(id));
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => index + 1));
    await expectHealthy();
  });

  test("that come while another one is being answered end the connection, and nobody gets an answer", async () => {
    const release = Promise.withResolvers<void>();
    let begun = 0;
    await using slow = listenOn(
      async () => {
        begun++;
        await release.promise;
        return new Response();
      },
      (error) => uncaught.push(error),
    );
    const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const { statuses, isClosed } = await exchange(slow.url, [get, 20, get], { waitMs: 5_000 });
    release.resolve();
    // The first one was begun and may have changed something: who pipelines cannot know.
    expect({ statuses, isClosed, begun }).toEqual({ statuses: [], isClosed: true, begun: 1 });
    expect(uncaught).toEqual([]);
  });
});
