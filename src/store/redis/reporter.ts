import { adoptBinding } from "../../fleet/adopt.ts";
import { runTouching } from "../../fleet/changes.ts";
import { type ServerId, splitKey, toServerId } from "../../fleet/ids.ts";
import { type Report, takeReport } from "../../fleet/report.ts";
import { toSavedServer } from "../../fleet/saved-state.ts";
import { roomsBoundTo } from "../../fleet/spaces.ts";
import type { Server } from "../../fleet/state.ts";
import type { SharedTaskName, Task } from "../../fleet/tasks.ts";
import { toListings } from "./listings.ts";
import type { SharedFleet } from "./shared-fleet.ts";

/** Takes reports in and tells the other gateways of them. */
export interface Reporter {
  readonly report: (report: Report) => Promise<readonly Task[]>;
  /** Tells the others what is known of a server; of its report, if it has just reported. */
  readonly pushServer: (server: Server, hasReported?: boolean) => Promise<void>;
  /** When (epoch milliseconds) this gateway heard the server last. */
  readonly heardAt: (server: ServerId) => number;
  readonly forget: (server: ServerId) => void;
  /** Resolves when all that was reported until now has been told. */
  readonly pushed: () => Promise<void>;
}

/**
 * Creates the reporter. A report is true whatever others do, so it counts here at once, and is answered; what it changes goes
 * to the shared state after that. Where another gateway has bound a group elsewhere meanwhile, that holds: the next report
 * settles it as any two servers with one room.
 */
export function createReporter(shared: SharedFleet): Reporter {
  const { fleet, claims, unshared, now, canAsk, act, follow } = shared;
  const heard = new Map<ServerId, number>();
  const pushes = new Map<ServerId, Promise<void>>();

  async function pushListings(customer: string, batches: readonly string[][]): Promise<void> {
    for (const args of batches) {
      const [, ...others] = await claims.run("report", customer, args);
      if (others.length === 0) continue;
      follow(() => {
        for (let i = 0; i < others.length; i += 2) rebind(others[i] ?? "", others[i + 1] ?? "");
      });
    }
  }

  function rebind(group: string, to: string): void {
    const [pool, namespace, tag] = splitKey(group) ?? ["", "", ""];
    const server = fleet.servers.get(to as ServerId);
    if (server) adoptBinding(fleet, { pool, namespace, tag }, server);
  }

  async function pushServer(server: Server, hasReported = false): Promise<void> {
    const { id, listed, shown, lastSeenAt } = server;
    const figures = { listed, ...(hasReported && { report: shown }) };
    await claims.putServer(id, JSON.stringify(toSavedServer(server)), now() - lastSeenAt, JSON.stringify(figures));
  }

  async function pushTasks({ sent, done }: TaskNews): Promise<void> {
    for (const customer of new Set([...sent, ...done].map((name) => name.customer))) {
      const of = (list: typeof sent) => list.filter((name) => name.customer === customer).map(({ id }) => id);
      await claims.run("tasks", customer, [of(sent).length, ...of(sent), of(done).length, ...of(done)]);
    }
  }

  /** One after the other for each server, in the order of its reports. */
  function inTurn(server: ServerId, push: () => Promise<void>, customers: Iterable<string>): void {
    const turn = (pushes.get(server) ?? Promise.resolve()).then(push).catch(() => {
      for (const customer of customers) unshared.add(customer);
    });
    pushes.set(server, turn);
    void turn.then(() => {
      if (pushes.get(server) === turn) pushes.delete(server);
    });
  }

  return {
    pushServer,
    heardAt: (server) => heard.get(server) ?? 0,
    forget: (server) => heard.delete(server),
    pushed: async () => void (await Promise.all(pushes.values())),
    async report(report) {
      const id = toServerId(report.pool, report.endpoint);
      const canPush = await canAsk(() => customersOf(report, fleet.servers.get(id)));
      const before = listTasks(fleet.servers.get(id));
      const { result, events } = act(() => runTouching(fleet, () => takeReport(fleet, report, now())));
      const server = fleet.servers.get(id);
      if (!server) return result.result;
      heard.set(id, now());
      // As it is now: until it is told, tasks may follow their rooms to other servers.
      const tasks = toTaskNews(before, server);
      const listings = toListings(fleet, server, result.touched, events);
      if (canPush) {
        const push = async () => {
          await pushServer(server, true);
          for (const [customer, batches] of listings) await pushListings(customer, batches);
          await pushTasks(tasks);
        };
        inTurn(id, push, listings.keys());
      } else for (const customer of listings.keys()) unshared.add(customer);
      return result.result;
    },
  };
}

/** Those whose rooms the server lists, or has listed. */
function customersOf({ rooms }: Report, server: Server | undefined): Set<string> {
  const known = server ? roomsBoundTo(server) : [];
  return new Set([...rooms.map(({ customer }) => customer), ...known.map(({ usage }) => usage.customer)]);
}

/** What a reply came to: tasks that went out with it, and those of the replies before that have arrived. */
interface TaskNews {
  readonly sent: readonly SharedTaskName[];
  readonly done: readonly SharedTaskName[];
}

function toTaskNews(before: readonly SharedTaskName[], server: Server): TaskNews {
  const left = new Set(listTasks(server).map(({ id }) => id));
  const sent = server.queue.sent.flatMap(({ shared }) => shared ?? []);
  return { sent, done: before.filter(({ id }) => !left.has(id)) };
}

function listTasks(server: Server | undefined): SharedTaskName[] {
  if (!server) return [];
  return [...server.queue.sent, ...server.queue.waiting].flatMap(({ shared }) => shared ?? []);
}
