import { describe, expect, test } from "bun:test";
import type { Json } from "../json.ts";
import type { Tamper } from "./chaotic-gateway.ts";
import { runChaos } from "./run-chaos.ts";

/** `CHAOS_FROM=7 CHAOS_RUNS=1 bun test test/chaos` repeats the run of seed 7; more runs find more. */
const FROM = Number(process.env.CHAOS_FROM ?? 1);
const RUNS = Number(process.env.CHAOS_RUNS ?? 12);
const STEPS = Number(process.env.CHAOS_STEPS ?? 400);
const RUN_MS = 10_000;
const seeds = Array.from({ length: RUNS }, (_, index) => FROM + index);

/** Has the body of an answer changed, or the whole of it. */
const answer = (body: object, status = 200) => Response.json({ jsonrpc: "2.0", id: 1, ...body }, { status });

function changeAnswers(change: (method: string, body: Record<string, unknown>) => object): Tamper {
  return async (request, pass) => {
    const text = await request.clone().text();
    const method = /"method":"([\w.]+)"/.exec(text)?.[1] ?? "";
    const response = await pass(request);
    return Response.json(change(method, Object(await response.json())), { status: response.status });
  };
}

function dropTasks(...names: readonly string[]): Tamper {
  return changeAnswers((method, body) => {
    const { tasks = [] } = Object(body.result);
    if (method !== "sfu.Report" || tasks.length === 0) return body;
    return { ...body, result: { tasks: tasks.filter(({ task }: { task: string }) => !names.includes(task)) } };
  });
}

let turns = 0;
const FORGERIES: readonly (readonly [what: string, fault: RegExp, tamper: Tamper])[] = [
  [
    "acknowledges bans and forgets them",
    /in spite of a ban/,
    async (request, pass) =>
      (await request.clone().text()).includes('"RoomBanClient"') ? answer({ result: {} }) : pass(request),
  ],
  [
    "lets everybody in",
    /let in/,
    changeAnswers((method, body) =>
      method === "Connect" && body.error ? { result: { address: "sfu1:4433", token: "forged" } } : body,
    ),
  ],
  ["loses updates", /never reached a server/, dropTasks("RoomUpdate")],
  [
    "sends players of a room to any server, and lets it be",
    /split over/,
    async (request, pass) => {
      const response = await dropTasks("RoomClose")(request, pass);
      const body: Json = await response.clone().json();
      if (body.result?.address === undefined) return response;
      return answer({ result: { ...body.result, address: `sfu${1 + (turns++ % 4)}:4433` } });
    },
  ],
  [
    "answers with a fault of its own",
    /an answer with 500/,
    async (request, pass) =>
      ++turns % 50 === 0 ? answer({ error: { code: -32603, message: "internal error" } }, 500) : pass(request),
  ],
  [
    "logs a token",
    /a secret in the log/,
    (request, pass) => {
      request.headers.set("x-request-id", "eyJhbGciOiJFZERTQSJ9.eyJyaWQiOiJs");
      return pass(request);
    },
  ],
  [
    "never forgets a room",
    /something is left/,
    async (request, pass) => {
      const room = '{"id":["acme","ghost"],"customer":"acme","age":{"secs":9,"nanos":0},"peers":0}';
      const text = (await request.text()).replace(/"rooms":\[(?=[\]{])/, (all) => `${all}${room},`).replace(",]", "]");
      return pass(new Request(request.url, { method: "POST", headers: request.headers, body: text }));
    },
  ],
];

describe("in any chaos", () => {
  test.each(seeds)(
    "no room is split, no limit passed, nothing lost, leaked or left behind: seed %d",
    async (seed) => {
      expect((await runChaos(seed, STEPS)).faults).toEqual([]);
    },
    RUN_MS,
  );

  test("the same happens again with the same seed, and everything does at some time", async () => {
    const [first, again, other] = [await runChaos(1, 300), await runChaos(1, 300), await runChaos(2, 300)];
    expect(again).toEqual(first);
    expect(other.happened).not.toEqual(first.happened);
    expect(Object.keys(first.happened).length + Object.keys(other.happened).length).toBeGreaterThan(25);
  });
});

describe("the judge", () => {
  test.each(FORGERIES)("finds a gateway that %s", async (_, fault, tamper) => {
    const found: string[] = [];
    for (let seed = 1; seed <= 8 && !found.some((each) => fault.test(each)); seed++)
      found.push(...(await runChaos(seed, 300, tamper)).faults);
    expect(found.join("\n")).toMatch(fault);
  });
});
