import type { ServerId } from "../../fleet/ids.ts";
import type { Server } from "../../fleet/state.ts";
import { sortByCustomer } from "./belongings.ts";
import { type CatchUpOptions, createCatchUp } from "./catch-up.ts";
import { toListKeys } from "./claims.ts";
import { type CustomerDelta, type Delta, isFollowed, parseDelta } from "./delta.ts";
import { forAll, joinServers, toTexts } from "./join-servers.ts";
import { unreachable } from "./link.ts";
import { applyDelta, applyServer } from "./mirror.ts";
import type { Presence } from "./presence.ts";

/** What a gateway needs to follow the shared state. */
export interface MembershipOptions extends CatchUpOptions {
  readonly gateway: string;
  readonly presence: Presence;
  readonly pushServer: (server: Server) => Promise<void>;
}

/** Keeps a gateway's fleet the same as the shared state. */
export interface Membership {
  /** Takes in what was told on the channel. */
  readonly take: (text: string) => void;
  /** After a connection was made: brings the fleet and the shared state together; tells when servers are known, and customers can be followed. */
  readonly join: (onOpen: () => void) => Promise<void>;
  /** Resolves when the fleet knows what there was of the customer when this was called, and the shared state what was done alone. */
  readonly follow: (customer: string) => Promise<void>;
  /** Whether all that is left to do for that is to tell what was done alone. */
  readonly isTelling: (customer: string) => boolean;
  /** Reads what there is of the customer, as something is not as it is known here. */
  readonly catchUp: (customer: string) => Promise<void>;
  /** The same where this gateway seems to know everything. */
  readonly readAnew: (customer: string) => Promise<void>;
}

/** A connection, and who has not been caught up with on it: unknown until the servers are joined. */
interface Session {
  opened: Promise<void>;
  pending: Set<string> | undefined;
}

/** A customer whose state is being read. */
interface Reading {
  readonly done: Promise<void>;
  readonly told: CustomerDelta[];
  readonly isTelling: () => boolean;
}

/** Creates the membership of a gateway. */
export function createMembership(options: MembershipOptions): Membership {
  const { fleet, link, prefix, gateway, now, lives, unshared, presence, apply } = options;
  const { bring, index } = createCatchUp(options);
  /** Those whose state is being read, with what was told of them meanwhile. */
  const reading = new Map<string, Reading>();
  /** Servers of which only customers' changes have told so far, and those customers: what is there is read when they are known. */
  const strangers = new Map<string, Set<string>>();
  let session: Session = { opened: Promise.resolve(), pending: new Set() };

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
      meet(delta.server);
    } else if (delta.customer !== undefined) {
      const read = reading.get(delta.customer);
      if (read) read.told.push(delta);
      else takeInOrder(delta);
    }
  }

  /** What was told of a server before it was known is read, unless it is of a pool that this gateway does not have. */
  function meet(server: string): void {
    const customers = strangers.get(server) ?? [];
    strangers.delete(server);
    if (fleet.servers.has(server as ServerId)) for (const each of customers) void readAnew(each).catch(() => {});
  }

  function takeInOrder(delta: CustomerDelta): void {
    const { customer, life, seq, type } = delta;
    const known = lives.get(customer) ?? { life, seq: 0 };
    if (known.life === life && seq <= known.seq) return;
    const isAfter = known.life === life && seq === known.seq + 1;
    if (!isAfter || !isFollowed(delta)) {
      // What it does not say, or this version does not understand, is in the shared state; who is about to be read, is.
      if (!isPending(customer)) void catchUp(customer).catch(() => {});
      return;
    }
    if (type === "gone") lives.delete(customer);
    else lives.set(customer, { life, seq });
    for (const id of serversOf(delta))
      if (!fleet.servers.has(id)) strangers.set(id, (strangers.get(id) ?? new Set()).add(customer));
    const isOwn = delta.gateway === gateway;
    apply(isOwn, () => applyDelta(fleet, delta, isOwn, now(), link.offsetMs()));
  }

  const isPending = (customer: string) => session.pending?.has(customer) ?? true;

  function catchUp(customer: string): Promise<void> {
    const read = reading.get(customer);
    if (read) return read.done;
    const { pending } = session;
    const told: CustomerDelta[] = [];
    let isTelling = false;
    const onTelling = () => {
      isTelling = true;
    };
    const done = bring(customer, told, onTelling)
      .then(() => void pending?.delete(customer))
      .finally(() => {
        reading.delete(customer);
        for (const delta of told) takeInOrder(delta);
      });
    reading.set(customer, { done, told, isTelling: () => isTelling });
    return done;
  }

  function readAnew(customer: string): Promise<void> {
    index.forget();
    const known = lives.get(customer);
    if (known && !reading.has(customer)) lives.set(customer, { ...known, seq: -1 });
    return catchUp(customer);
  }

  async function follow(customer: string): Promise<void> {
    if (!link.isUp()) throw unreachable("there is no connection");
    await session.opened;
    const read = reading.get(customer);
    if (read) await read.done;
    if (isPending(customer)) await catchUp(customer);
  }

  async function open(begun: Session): Promise<void> {
    const listed = link.send("SMEMBERS", [toListKeys(prefix).customers]);
    const [customers] = await Promise.all([listed, joinServers(options)]);
    begun.pending = new Set([
      ...unshared.all(),
      ...toTexts(customers),
      ...sortByCustomer(fleet).keys(),
      ...lives.keys(),
    ]);
  }

  return {
    take,
    catchUp,
    follow,
    isTelling: (customer) => reading.get(customer)?.isTelling() ?? false,
    readAnew,
    async join(onOpen) {
      const begun: Session = { opened: Promise.resolve(), pending: undefined };
      begun.opened = open(begun);
      session = begun;
      await begun.opened;
      onOpen();
      await forAll([...(begun.pending ?? [])], follow);
    },
  };
}

/** The servers that the change is about. */
function serversOf(delta: CustomerDelta): readonly ServerId[] {
  const ids =
    delta.type === "merge" ? (delta.groups ?? []).map(([, id]) => id) : "server" in delta ? [delta.server] : [];
  return ids.map((id) => id as ServerId);
}
