import { adoptServer } from "../../fleet/adopt.ts";
import type { ServerId } from "../../fleet/ids.ts";
import type { Fleet, Server } from "../../fleet/state.ts";
import { type Belongings, sortByCustomer } from "./belongings.ts";
import { type Claims, type Life, toListKeys, toServerKey } from "./claims.ts";
import { type CustomerDelta, type Delta, isFollowed, parseDelta, toSharedServer } from "./delta.ts";
import { type Link, unreachable } from "./link.ts";
import { toMerges } from "./merge.ts";
import { applyDelta, applyServer } from "./mirror.ts";
import { findMissing } from "./missing.ts";
import type { Presence } from "./presence.ts";
import { listSharedTasks } from "./shared-tasks.ts";
import { adoptSnapshot, readSnapshot, type Snapshot } from "./snapshot.ts";
import type { Unshared } from "./unshared.ts";

/** What a gateway needs to follow the shared state. */
export interface MembershipOptions {
  readonly fleet: Fleet;
  readonly link: Link;
  readonly claims: Claims;
  readonly prefix: string;
  readonly gateway: string;
  readonly now: () => number;
  readonly lives: Map<string, Life>;
  readonly unshared: Unshared;
  readonly presence: Presence;
  /** Changes the fleet by what others did, or this gateway itself. */
  readonly apply: (isOwn: boolean, transition: () => void) => void;
  readonly pushServer: (server: Server) => Promise<void>;
}

/** Keeps a gateway's fleet the same as the shared state. */
export interface Membership {
  /** Takes in what was told on the channel. */
  readonly take: (text: string) => void;
  /** After a connection was made: brings the fleet and the shared state together. */
  readonly join: () => Promise<void>;
  /** Has the fleet know what there is of the customer. */
  readonly catchUp: (customer: string) => Promise<void>;
  /** The same where it seems to know everything, and yet something is not as it knows it. */
  readonly readAnew: (customer: string) => Promise<void>;
}

/** Customers that are read at a time. */
const AT_A_TIME = 8;
const ATTEMPTS = 5;
/** How old the knowledge may be of what there is of whom: what came after that is not in a snapshot's way. */
const SORTED_MS = 1_000;

/** Creates the membership of a gateway. */
export function createMembership(options: MembershipOptions): Membership {
  const { fleet, link, claims, prefix, gateway, now, lives, unshared, presence, apply, pushServer } = options;
  /** Those whose state is being read, with what was told of them meanwhile. */
  const reading = new Map<string, { readonly done: Promise<void>; readonly waiting: CustomerDelta[] }>();

  let sorted: ReadonlyMap<string, Belongings> | undefined;
  let sortedAt = 0;

  function take(text: string): void {
    const delta = parseDelta(text);
    if (!delta) return;
    try {
      takeDelta(delta);
    } catch {
      // It is not what this version expects of its kind: what it means is in the shared state.
      if (delta.type !== "gateway" && delta.type !== "server") void catchUp(delta.customer).catch(() => {});
    }
  }

  function takeDelta(delta: Delta): void {
    if (delta.type === "gateway") presence.note(delta.gateway);
    else if (delta.type === "server") {
      presence.note(delta.gateway);
      if (delta.gateway !== gateway) apply(false, () => applyServer(fleet, delta, now()));
    } else if (delta.customer !== undefined) {
      const read = reading.get(delta.customer);
      if (read) read.waiting.push(delta);
      else takeInOrder(delta);
    }
  }

  function takeInOrder(delta: CustomerDelta): void {
    const { customer, life, seq, type } = delta;
    const known = lives.get(customer) ?? { life, seq: 0 };
    if (known.life === life && seq <= known.seq) return;
    const isAfter = known.life === life && seq === known.seq + 1;
    // What it does not say, or this version does not understand, is in the shared state.
    if (!isAfter || !isFollowed(delta) || (type === "merged" && delta.gateway !== gateway)) {
      void catchUp(customer).catch(() => {});
      return;
    }
    if (type === "gone") lives.delete(customer);
    else lives.set(customer, { life, seq });
    const isOwn = delta.gateway === gateway;
    apply(isOwn, () => applyDelta(fleet, delta, isOwn, now(), link.offsetMs()));
  }

  function catchUp(customer: string, mine = () => sortByCustomer(fleet).get(customer)): Promise<void> {
    const read = reading.get(customer);
    if (read) return read.done;
    const waiting: CustomerDelta[] = [];
    const done = readCustomer(customer, mine).finally(() => {
      reading.delete(customer);
      for (const delta of waiting) takeInOrder(delta);
    });
    reading.set(customer, { done, waiting });
    return done;
  }

  async function readCustomer(customer: string, mine: () => Belongings | undefined): Promise<void> {
    let isOwed = false;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const snapshot = await read(customer);
      isOwed ||= isWorthTelling(customer, snapshot, mine);
      if (!isOwed) {
        const known = lives.get(customer);
        if (snapshot && !(known?.life === snapshot.life && known.seq === snapshot.seq))
          adopt(customer, snapshot, findLately(customer));
        return;
      }
      if (!(await merge(customer, snapshot, mine()))) continue;
      unshared.delete(customer);
      isOwed = false;
    }
    throw unreachable("the shared state changes faster than this gateway can follow");
  }

  const read = (customer: string) => readSnapshot((...args) => claims.runOnce("snapshot", customer, args));

  /** Says whether this gateway knows what the shared state may not: it acted alone, or the state is another, or lost. */
  function isWorthTelling(
    customer: string,
    snapshot: Snapshot | undefined,
    mine: () => Belongings | undefined,
  ): boolean {
    const known = lives.get(customer);
    if (unshared.has(customer)) return true;
    if (!snapshot) return known !== undefined || mine() !== undefined;
    if (!known) return false;
    return snapshot.life !== known.life || snapshot.seq < known.seq;
  }

  /** Tells the shared state what this gateway knows; says whether all of it was taken. */
  async function merge(
    customer: string,
    snapshot: Snapshot | undefined,
    mine: Belongings | undefined,
  ): Promise<boolean> {
    const known = lives.get(customer);
    const isOld = snapshot !== undefined && known?.life === snapshot.life && snapshot.seq < known.seq;
    if (isOld) {
      // Redis has come back with what it had some time ago.
      const [, life = ""] = await claims.runOnce("renew", customer, []);
      lives.set(customer, { life, seq: 0 });
    } else if (snapshot) lives.set(customer, { life: snapshot.life, seq: snapshot.seq });
    else lives.delete(customer);
    const tasks = [...listSharedTasks(fleet).values()].filter(({ shared }) => shared.customer === customer);
    const belongings = mine ?? { groups: [], bans: [] };
    const there = isOld ? undefined : snapshot;
    const missing = there ? findMissing(belongings, there, link.offsetMs()) : belongings;
    const ids = new Set(there?.tasks.map(([id]) => id));
    const missingTasks = tasks.filter(({ shared }) => !ids.has(shared.id));
    for (const args of toMerges(missing, missingTasks, now(), link.offsetMs())) {
      const [word] = await claims.runOnce("merge", customer, args);
      if (word !== "ok") return false;
      if (!lives.has(customer)) {
        // The first one began the state's life.
        const begun = await read(customer);
        if (begun) lives.set(customer, { life: begun.life, seq: begun.seq });
      }
    }
    // What was merged is only known as a whole: it is read again.
    const { life } = lives.get(customer) ?? {};
    if (life !== undefined) lives.set(customer, { life, seq: -1 });
    return true;
  }

  /** Goes through all that there is once a second at most: after an outage thousands of customers are read one after the other. */
  function findLately(customer: string): Belongings | undefined {
    if (sorted === undefined || now() - sortedAt > SORTED_MS) {
      sorted = sortByCustomer(fleet);
      sortedAt = now();
      setTimeout(() => {
        sorted = undefined;
      }, SORTED_MS).unref();
    }
    return sorted.get(customer);
  }

  function adopt(customer: string, snapshot: Snapshot, mine: Belongings | undefined): void {
    lives.set(customer, { life: snapshot.life, seq: snapshot.seq });
    apply(false, () => adoptSnapshot(fleet, customer, snapshot, mine, now(), link.offsetMs()));
  }

  async function joinServers(): Promise<void> {
    const ids = toTexts(await link.send("SMEMBERS", [toListKeys(prefix).servers]));
    const newer = new Set(fleet.servers.values());
    await forAll(ids, async (id) => {
      const [known, at, figures] = toTexts(
        await link.send("HMGET", [toServerKey(prefix, id), "known", "at", "figures"]),
      );
      const silentMs = Math.max(0, claims.knownUntil() - Number(at));
      const shared = toSharedServer(known ?? "", silentMs, figures ?? "{}");
      if (!shared || silentMs > fleet.policy.removeTimeoutMs || !fleet.policy.pools.includes(shared.known.pool)) return;
      const mine = fleet.servers.get(id as ServerId);
      if (mine && mine.lastSeenAt > now() - silentMs) return;
      if (mine) newer.delete(mine);
      apply(false, () => adoptServer(fleet, shared, now()));
    });
    await forAll([...newer], pushServer);
  }

  return {
    take,
    catchUp,
    readAnew(customer) {
      sorted = undefined;
      const known = lives.get(customer);
      if (known && !reading.has(customer)) lives.set(customer, { ...known, seq: -1 });
      return catchUp(customer);
    },
    async join() {
      await joinServers();
      const sorted = sortByCustomer(fleet);
      const customers = new Set([
        ...toTexts(await link.send("SMEMBERS", [toListKeys(prefix).customers])),
        ...sorted.keys(),
        ...lives.keys(),
        ...unshared.all(),
      ]);
      await forAll([...customers], (customer) => catchUp(customer, () => sorted.get(customer)));
    },
  };
}

async function forAll<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of left) await act(item);
    }),
  );
}

function toTexts(answer: unknown): string[] {
  const list = answer instanceof Set ? [...answer] : Array.isArray(answer) ? answer : [];
  return list.map((item) => (item === null ? "" : String(item)));
}
