import { createSeededRandom } from "../../src/sim/random.ts";
import { pick, upTo } from "../fuzz/pick.ts";
import { type ChaosServer, createChaosServer, REPORT_FATES } from "./chaos-server.ts";
import { type ChaoticGateway, createChaoticGateway, type Tamper } from "./chaotic-gateway.ts";
import { createJudge, type Judge } from "./judge.ts";

/** What came of a run. */
export interface ChaosResult {
  readonly faults: readonly string[];
  /** How often each thing happened. */
  readonly happened: Readonly<Record<string, number>>;
}

const ROOMS = ["lobby", "arena", "{m}red", "{m}blue", "m", "hall"];
const USERS = ["u1", "u2", "u3", "u4", "u5", "u6"];
const SERVERS = ["sfu1:4433", "sfu2:4433", "sfu3:4433", "sfu4:4433"];
const BAN_SEC = [0, 5, 60];
const MAX_TOKENS = 20;
/** Longer than reservations, tokens and bans last. */
const FAREWELL_MS = 900_000;

/** Everything that can happen; the same seed has the same things happen in the same order. */
export async function runChaos(seed: number, steps: number, tamper?: Tamper): Promise<ChaosResult> {
  const random = createSeededRandom(seed);
  const happened: Record<string, number> = {};
  let elapsedMs = 0;
  let updates = 0;
  let strangers = 0;
  const tokens: { endpoint: string; room: string; user: string }[] = [];
  const judge: Judge = createJudge(
    () => gateway,
    () => elapsedMs,
  );
  const gateway: ChaoticGateway = createChaoticGateway((fault) => judge.faults.push(fault), tamper);
  const servers: ChaosServer[] = SERVERS.map((endpoint) =>
    createChaosServer({
      endpoint,
      gateway,
      random,
      elapsedMs: () => elapsedMs,
      others: () => servers.flatMap((other) => (other.endpoint === endpoint ? [] : [...other.rooms.keys()])),
      onTask: judge.noteTask,
    }),
  );

  async function sleep(ms: number): Promise<void> {
    elapsedMs += ms;
    await gateway.sleep(ms);
  }

  async function connect(room: string, users: readonly string[]): Promise<void> {
    const outcomes = await judge.connect(room, users);
    for (const [index, { result }] of outcomes.entries())
      if (result) tokens.unshift({ endpoint: result.address, room, user: users[index] ?? "" });
    tokens.splice(MAX_TOKENS);
  }

  function join(): void {
    const token = tokens[upTo(random, tokens.length)];
    const target = servers.find(({ endpoint }) => endpoint === token?.endpoint);
    if (!token || target?.state !== "alive") return;
    const room = target.rooms.get(token.room) ?? { openedAt: elapsedMs, users: new Set() };
    target.rooms.set(token.room, room);
    room.users.add(token.user);
  }

  function leave(): void {
    const { rooms } = pick(random, servers);
    const name = [...rooms.keys()][upTo(random, rooms.size)] ?? "";
    const users = rooms.get(name)?.users;
    users?.delete([...users][0] ?? "");
    if (users?.size === 0) rooms.delete(name);
  }

  function setState(state: ChaosServer["state"]): void {
    const server = pick(random, servers);
    server.state = state;
    if (state === "dead") server.rooms.clear();
  }

  async function ban(room: string, user: string): Promise<void> {
    const seconds = pick(random, BAN_SEC);
    const outcome = await gateway.backend(room, "RoomBanClient", { room_id: room, user_id: user, ban_time: seconds });
    judge.noteBan(`${room}\n${user}`, seconds, outcome);
  }

  async function close(room: string): Promise<void> {
    const seconds = pick(random, BAN_SEC);
    judge.noteBan(room, seconds, await gateway.backend(room, "RoomClose", { room_id: room, ban_time: seconds }));
  }

  async function update(room: string): Promise<void> {
    const id = updates++;
    const user_data = [id >> 8, id & 255];
    judge.noteUpdate(id, await gateway.backend(room, "RoomUpdate", { room_id: room, user_data }));
  }

  async function report(): Promise<void> {
    const server = pick(random, servers);
    if (server.state === "alive") await server.report(random() < 0.5 ? "good" : pick(random, REPORT_FATES));
  }

  function set(faults: Partial<ChaoticGateway["faults"]>): void {
    Object.assign(gateway.faults, faults);
  }

  /** What happens, and how often in relation to the rest. */
  const HAPPENINGS: readonly (readonly [name: string, weight: number, happen: () => void | Promise<void>])[] = [
    ["connect", 8, () => connect(pick(random, ROOMS), [pick(random, USERS)])],
    [
      "burst",
      1,
      () =>
        connect(
          pick(random, ROOMS),
          Array.from({ length: 20 }, () => `burst${strangers++}`),
        ),
    ],
    ["join", 8, join],
    ["leave", 3, leave],
    ["report", 10, report],
    ["death", 0.5, () => setState("dead")],
    ["freeze", 0.5, () => setState("frozen")],
    ["revival", 2, () => setState("alive")],
    ["ban", 1, () => ban(pick(random, ROOMS), pick(random, USERS))],
    ["close", 0.5, () => close(pick(random, ROOMS))],
    ["update", 3, () => update(pick(random, ROOMS))],
    ["clock step", 0.5, () => gateway.stepClock(pick(random, [-3_600_000, -5_000, 5_000, 7_200_000]))],
    ["full disk", 0.4, () => set({ isDiskFull: true })],
    ["free disk", 0.8, () => set({ isDiskFull: false })],
    ["customers' service", 1, () => set({ customers: pick(random, ["good", "slow", "wrong", "down"]) })],
    ["kill -9", 0.2, () => (gateway.isStepUnkept() ? undefined : gateway.restart())],
    ["time", 5, () => sleep(pick(random, [100, 1_000, 3_000, 8_000]))],
  ];
  const total = HAPPENINGS.reduce((sum, [, weight]) => sum + weight, 0);

  function draw(): readonly [name: string, happen: () => void | Promise<void>] {
    let left = random() * total;
    for (const [name, weight, happen] of HAPPENINGS) {
      left -= weight;
      if (left < 0) return [name, happen];
    }
    return ["nothing", () => {}];
  }

  async function step(): Promise<void> {
    const [name, happen] = draw();
    happened[name] = (happened[name] ?? 0) + 1;
    await happen();
  }

  /** Everything works again, and every server reports until nothing changes any more. */
  async function settle(rounds: number): Promise<void> {
    set({ isDiskFull: false, customers: "good" });
    for (const server of servers) server.state = "alive";
    for (let round = 0; round < rounds; round++) {
      for (const server of servers) await server.report("good");
      await sleep(2_000);
    }
  }

  await settle(2);
  for (let done = 0; done < steps && judge.faults.length === 0; done++) await step();
  await settle(8);
  judge.checkSettled(servers);
  for (const { rooms } of servers) rooms.clear();
  for (let waited = 0; waited < FAREWELL_MS; waited += 100_000) {
    await settle(1);
    await sleep(100_000);
  }
  await settle(2);
  await judge.checkEmpty();
  await gateway[Symbol.asyncDispose]();
  return { faults: judge.faults, happened };
}
