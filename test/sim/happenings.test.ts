import { describe, expect, test } from "bun:test";
import { LOOP_SEC, startHappenings } from "../../src/sim/happenings.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import { createRpcClient } from "../../src/sim/rpc-client.ts";
import { startScenario, toInternalUrl } from "../../src/sim/scenario.ts";
import { createCustomer, createWorld } from "../world.ts";

const BASE = "http://gateway.test/";

/** A world of two customers in which things happen, on a clock that waits for what is under way. */
async function createShow(servers: number) {
  const game = createCustomer("game");
  const small = createCustomer("small", { maxPeers: 6 });
  const world = createWorld({ customers: [game.entry, small.entry], sfuConfig: { updateInterval: 1 } });
  let inFlight = 0;
  const fetch = async (request: Request) => {
    inFlight++;
    const response = await world.gateway.fetch(request, { address: "10.0.0.1", port: 1 });
    inFlight--;
    return response;
  };
  const { clock } = world;
  const random = createSeededRandom(7);
  const lines: string[] = [];
  const operator = toInternalUrl(BASE, "op:op-password");
  const scenario = await startScenario({
    url: BASE,
    servers,
    user: "sfu:sfu-password",
    crowds: [
      { name: "player", players: 24, signToken: game.signToken },
      { name: "other", players: 4, signToken: small.signToken },
    ],
    traits: (index) => ({ version: `1.${index}.0`, config: `[database.report]\ntags = ["t${index}"]\n` }),
    clock,
    random,
    fetch,
  });
  const happenings = startHappenings({
    scenario,
    players: 24,
    small: { name: "small", players: 4, wanted: 12, max: 6 },
    call: createRpcClient({ url: operator, fetch }),
    clock,
    random,
    say: (line) => lines.push(line),
  });
  return {
    world,
    scenario,
    happenings,
    lines,
    async run(seconds: number) {
      for (let tick = 0; tick < seconds * 10; tick++) {
        await clock.sleep(100);
        // Virtual time must not run ahead of what is under way in real time.
        while (inFlight > 0 || scenario.stats().arriving > 0) await Bun.sleep(0);
      }
    },
    async [Symbol.asyncDispose]() {
      happenings[Symbol.dispose]();
      await scenario[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

describe("what happens to a scenario", () => {
  test("is all there in one loop, happens to the gateway too, and begins anew", async () => {
    await using show = await createShow(4);
    const { world, lines, scenario } = show;
    await show.run(11);
    expect(lines).toEqual(["12 players of small want in, and it may have 6: the others are refused"]);
    expect(scenario.stats().refused).toBeGreaterThan(20);
    await show.run(LOOP_SEC - 12);
    const server = "sfu\\d\\.sim:4433";
    const expected = [
      /^12 players of small want in/,
      /^player-\d+ is banned from room-\d for 20 s$/,
      /^small is content with 4 players again$/,
      new RegExp(`^${server} dies, with \\d+ players on it$`),
      /^player-\d+ may go back into room-\d$/,
      /^a burst: 3 times as many players want in$/,
      new RegExp(`^${server} is back, and empty$`),
      /^the burst is over, and players go one by one$/,
      new RegExp(`^${server} drains: no new rooms, and its own are closed in 10 s$`),
      new RegExp(`^${server} gets new rooms again$`),
    ];
    expect(lines).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
    const nameOf = (line = "") => line.split(" ", 1)[0];
    const [died, drained] = [nameOf(lines[3]), nameOf(lines[8])];
    expect(nameOf(lines[6])).toBe(died);
    expect(died).not.toBe(drained ?? "");
    const told = (msg: string) => world.logLines.filter((line) => line.msg === msg);
    expect(told("a server has fallen silent and gets no new rooms")).toMatchObject([{ endpoint: died }]);
    expect(told("a server gets no new rooms, as an operator asked")).toMatchObject([{ endpoint: drained }]);
    expect(told("a server gets new rooms again, as an operator asked")).toHaveLength(1);
    expect([told("ban.added").length, told("ban.ended").length]).toEqual([1, 1]);
    const { servers } = (await world.internal("Servers", {}, { user: "op" })).body.result;
    expect(servers.map(({ version, tags }: { version: string; tags: string[] }) => [version, ...tags])).toEqual(
      [0, 1, 2, 3].map((index) => [`1.${index}.0`, `t${index}`]),
    );
    await show.run(LOOP_SEC);
    expect(lines).toHaveLength(2 * expected.length);
  }, 60_000);

  test("swells and shrinks the crowd", async () => {
    await using show = await createShow(2);
    await show.run(39);
    const before = show.scenario.stats().peers;
    await show.run(12);
    expect(show.scenario.stats().peers).toBeGreaterThan(before + 20);
  }, 60_000);

  test("leaves a server in peace that is alone", async () => {
    await using show = await createShow(1);
    await show.run(LOOP_SEC - 1);
    expect(show.lines.filter((line) => line.includes("sfu"))).toEqual([]);
    expect(show.lines).toHaveLength(6);
  }, 60_000);

  test("is said if it cannot be, and nothing is said after the end", async () => {
    await using show = await createShow(2);
    await show.run(5);
    await show.world.gateway[Symbol.asyncDispose]();
    await show.run(8);
    expect(show.lines.slice(1)).toEqual(["what was to happen did not: this gateway has ended"]);
    show.happenings[Symbol.dispose]();
    await show.run(LOOP_SEC);
    expect(show.lines).toHaveLength(2);
  }, 60_000);
});
