import type { Fleet } from "../../fleet/state.ts";
import { type BelongingsIndex, createBelongingsIndex } from "./belongings.ts";
import { type Claims, type Life, toCustomerKey } from "./claims.ts";
import type { CustomerDelta } from "./delta.ts";
import { type Link, unreachable } from "./link.ts";
import { toMerges } from "./merge.ts";
import { findMissing } from "./missing.ts";
import { listSharedTasks } from "./shared-tasks.ts";
import { adoptSnapshot, readSnapshot, type Snapshot, withMerges } from "./snapshot.ts";
import type { Unshared } from "./unshared.ts";

/** What it takes to bring what a gateway knows of a customer, and what is shared, together. */
export interface CatchUpOptions {
  readonly fleet: Fleet;
  readonly link: Link;
  readonly claims: Claims;
  readonly prefix: string;
  readonly now: () => number;
  readonly lives: Map<string, Life>;
  readonly unshared: Unshared;
  /** Changes the fleet by what others did, or this gateway itself. */
  readonly apply: (isOwn: boolean, transition: () => void) => void;
}

/** Brings both together for one customer. */
export interface CatchUp {
  /**
   * `told` gets what is told of the customer from the beginning on: that is to be applied afterwards. `onTelling` is called when
   * all that is left to do is to tell what was done alone.
   */
  readonly bring: (customer: string, told: readonly CustomerDelta[], onTelling: () => void) => Promise<void>;
  /** Customers of whom this gateway knows something. */
  readonly index: BelongingsIndex;
}

const ATTEMPTS = 5;

/** Creates it. */
export function createCatchUp(options: CatchUpOptions): CatchUp {
  const { fleet, link, claims, prefix, now, lives, unshared, apply } = options;
  const index = createBelongingsIndex(fleet, now, unshared.lastStamp);

  async function bring(customer: string, told: readonly CustomerDelta[], onTelling: () => void): Promise<void> {
    if (await isKnown(customer, told)) return;
    let isOwed = false;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const snapshot = await readSnapshot((...args) => claims.runOnce("snapshot", customer, args));
      isOwed ||= isWorthTelling(customer, snapshot);
      if (!isOwed) {
        if (snapshot) adopt(customer, snapshot);
        return;
      }
      if (!snapshot) lives.delete(customer);
      if (!snapshot || isOlder(customer, snapshot)) await renew(customer);
      else {
        onTelling();
        if (await merge(customer, snapshot, told)) return;
      }
    }
    throw unreachable("the shared state changes faster than this gateway can follow");
  }

  /** Says whether this gateway has been told of all that there is: most customers have not changed when a connection is back. */
  async function isKnown(customer: string, told: readonly CustomerDelta[]): Promise<boolean> {
    const known = lives.get(customer);
    if (!known || unshared.has(customer)) return false;
    const answer = await link.send("HMGET", [`${toCustomerKey(prefix, customer)}meta`, "inc", "seq"]);
    const [life, seq] = Array.isArray(answer) ? answer.map(String) : [];
    const toldUntil = told.reduce(
      (at, delta) => (delta.life === life && delta.seq === at + 1 ? delta.seq : at),
      known.seq,
    );
    return known.life === life && toldUntil === Number(seq) && !unshared.has(customer);
  }

  /** Says whether this gateway knows what the shared state may not: it acted alone, or the state is another, or lost. */
  function isWorthTelling(customer: string, snapshot: Snapshot | undefined): boolean {
    const known = lives.get(customer);
    if (unshared.has(customer)) return true;
    if (!snapshot) return known !== undefined || index.find(customer, 0) !== undefined;
    if (!known) return false;
    return snapshot.life !== known.life || snapshot.seq < known.seq;
  }

  /** Says whether Redis has come back with what it had some time ago. */
  function isOlder(customer: string, { life, seq }: Snapshot): boolean {
    const known = lives.get(customer);
    return known?.life === life && seq < known.seq;
  }

  /** Begins the state anew: there is none, or an old one. */
  async function renew(customer: string): Promise<void> {
    const [, life = ""] = await claims.runOnce("renew", customer, []);
    lives.set(customer, { life, seq: 0 });
  }

  /** Tells the shared state what this gateway knows, takes over what is there then, and says whether that went well. */
  async function merge(customer: string, snapshot: Snapshot, told: readonly CustomerDelta[]): Promise<boolean> {
    lives.set(customer, { life: snapshot.life, seq: snapshot.seq });
    for (let round = 0; round < ATTEMPTS; round++) {
      const stamp = unshared.stamp(customer);
      const merges = toMissing(customer, withMerges(snapshot, told), stamp);
      const answers = await Promise.all(merges.map((args) => claims.runOnce("merge", customer, args)));
      if (answers.some(([word]) => word === "fenced")) await claims.freshen();
      if (answers.some(([word]) => word !== "ok")) return false;
      unshared.delete(customer, stamp);
      // Whoever could not wait for this made more to tell.
      if (unshared.has(customer)) continue;
      adopt(customer, withMerges(snapshot, told));
      return true;
    }
    return false;
  }

  function toMissing(customer: string, there: Snapshot, stamp: number): string[][] {
    const mine = index.find(customer, stamp) ?? { groups: [], bans: [] };
    const known = new Set(there.tasks.map(([id]) => id));
    const tasks = [...listSharedTasks(fleet).values()].filter(
      ({ shared }) => shared.customer === customer && !known.has(shared.id),
    );
    return toMerges(findMissing(mine, there, link.offsetMs()), tasks, now(), link.offsetMs());
  }

  function adopt(customer: string, snapshot: Snapshot): void {
    lives.set(customer, { life: snapshot.life, seq: snapshot.seq });
    const before = index.find(customer, 0);
    apply(false, () => adoptSnapshot(fleet, customer, snapshot, before, now(), link.offsetMs()));
  }

  return { bring, index };
}
