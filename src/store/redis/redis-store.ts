import { orderBan, orderBanRemoval, orderClose, orderMessage, orderUpdate } from "../../fleet/admin.ts";
import { advance } from "../../fleet/advance.ts";
import { type DrainTarget, findServers } from "../../fleet/drain.ts";
import type { FleetEvent } from "../../fleet/events.ts";
import type { Fleet } from "../../fleet/state.ts";
import { createEmbeddedStore, type EmbeddedStore } from "../embedded.ts";
import type { Keeper } from "../keeper.ts";
import { createAdmission } from "./admission.ts";
import { createAsking } from "./asking.ts";
import { createClaims, type Life, toChannel, toListKeys } from "./claims.ts";
import { createLink, isUnreachable, unreachable } from "./link.ts";
import { createMembership } from "./membership.ts";
import { createOrders } from "./orders.ts";
import { createOutageLimits } from "./outage.ts";
import { createPhases } from "./phases.ts";
import { createPresence } from "./presence.ts";
import { createReporter } from "./reporter.ts";
import { CUSTOMER_SCRIPTS, SERVER_SCRIPT } from "./scripts.ts";
import type { SharedFleet } from "./shared-fleet.ts";
import type { Sharing, SharingOptions } from "./sharing.ts";
import { createStanding } from "./standing.ts";
import { sweep } from "./sweep.ts";
import { createUnshared } from "./unshared.ts";

/** The store of a gateway that shares its fleet with others, in this process a copy of it. */
export interface RedisStore extends EmbeddedStore {
  readonly sharing: () => Sharing;
}

const PRESENCE_MS = 1_000;
/** How often the shared state is asked if it is there and does not answer. */
const ATTEMPTS = 3;
/** How often one of the gateways looks for customers who have nothing any more. */
const SWEEP_MS = 60_000;

/**
 * Creates the store. `onEvent` is told what happened, and whether that is another gateway's to tell the world: events of its
 * own doing are each told by one gateway, and what happens by itself by one of all. `aheadMs` is what the fleet's clock is
 * ahead of Redis': only tests have any.
 */
export function createRedisStore(options: {
  fleet: Fleet;
  keeper: Keeper | undefined;
  now: () => number;
  onEvent: (event: FleetEvent, isOthers: boolean) => void;
  alsoKept?: () => Promise<void>;
  sharing: SharingOptions;
  onMode?: (sharing: Sharing) => void;
  aheadMs?: () => number;
}): RedisStore {
  const { fleet, keeper, now, onEvent, alsoKept, sharing, onMode = () => {}, aheadMs = () => 0 } = options;
  const { keyPrefix: prefix } = sharing;
  const gateway = crypto.randomUUID();
  const lives = new Map<string, Life>();
  const unshared = createUnshared(sharing.unsharedFile);
  const outage = createOutageLimits(fleet);
  const standing = createStanding((next, before) => {
    if (before === "joined") outage.begin();
    onMode({ ...next, gateways: presence.count() });
  });
  const presence = createPresence(gateway, now, () => standing.now().mode === "alone");
  let isOthers = false;
  let events: FleetEvent[] = [];
  let presentAt = 0;
  let sweptAt = now();

  const alone = createEmbeddedStore({
    fleet,
    keeper,
    now,
    ...(alsoKept && { alsoKept }),
    onEvent(event) {
      events.push(event);
      onEvent(event, isOthers);
    },
  });

  function run<T>(areOthers: boolean, transition: () => T): { result: T; events: readonly FleetEvent[] } {
    lapse();
    isOthers = areOthers;
    events = [];
    const result = alone.run(transition);
    phases.note(events);
    return { result, events };
  }

  /** Lets time pass by itself first: what ends then is nobody's doing. */
  function lapse(): void {
    isOthers = !presence.isLead();
    events = [];
    alone.run(() => advance(fleet, now()));
    phases.note(events);
  }

  const link = createLink({
    url: sharing.redis,
    ca: sharing.ca,
    channel: toChannel(prefix),
    probeKey: toListKeys(prefix).probe,
    now: () => now() - aheadMs(),
    scripts: [SERVER_SCRIPT, ...Object.values(CUSTOMER_SCRIPTS)],
    onMessage: (text) => membership.take(text),
    onUp: () => void join(),
    onDown: standing.lost,
  });
  const claims = createClaims({
    link,
    prefix,
    gateway,
    aheadMs,
    findLife: (customer) => lives.get(customer),
    follow: (customer) => membership.follow(customer),
    catchUp: (customer) => membership.catchUp(customer),
  });
  const shared: SharedFleet = {
    fleet,
    alone,
    claims,
    gateway,
    unshared,
    now,
    canAsk: createAsking(standing, {
      follow: (customer) => membership.follow(customer),
      isTelling: (customer) => membership.isTelling(customer),
    }),
    async ask(customer, claim) {
      const isReady = (attempt: number) =>
        customer === undefined ? standing.isJoined() : shared.canAsk(() => [customer], attempt > 1);
      for (let attempt = 1; await isReady(attempt); attempt++) {
        try {
          return { answer: await claim() };
        } catch (error) {
          if (!isUnreachable(error) || attempt === ATTEMPTS) throw error;
        }
      }
      return undefined;
    },
    checkAlone() {
      if (sharing.onOutage === "refuse") throw unreachable(standing.now().reason ?? "it is not joined yet");
    },
    readAnew: (customer) => membership.readAnew(customer),
    act: (transition) => run(false, transition),
    follow: (transition) => void run(true, transition),
  };
  const reporter = createReporter(shared);
  const phases = createPhases({ fleet, claims, reporter, isOpen: standing.isOpen });
  const membership = createMembership({
    fleet,
    link,
    claims,
    prefix,
    gateway,
    now,
    lives,
    unshared,
    presence,
    apply: (isOwn, transition) => void run(!isOwn, transition),
    pushServer: (server) => reporter.pushServer(server),
  });
  const admit = createAdmission(shared, outage, presence);
  const carryOut = createOrders(shared);

  async function join(): Promise<void> {
    standing.connected();
    try {
      await membership.join(standing.opened);
      standing.joined();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      link.drop(reason);
      standing.failed(reason);
    }
  }

  /** Tells the others of servers that an operator has steered; what cannot be told now is told when the state is joined. */
  async function steer(target: DrainTarget, act: () => Promise<void> | void): Promise<void> {
    if (!(await shared.canAsk(() => []))) shared.checkAlone();
    await act();
    if (standing.isOpen())
      for (const server of findServers(fleet, target)) await reporter.pushServer(server).catch(() => {});
  }

  /** Reads what others were answered before this was asked as well. */
  async function upToDate<T>(read: () => T): Promise<Awaited<T>> {
    if (await standing.isJoined()) await claims.freshen().catch(() => {});
    return await read();
  }

  const store: RedisStore = {
    ...alone,
    admit,
    report: reporter.report,
    async register(registration) {
      const { pool, endpoint } = registration;
      await steer({ pool, endpoint }, () => alone.register(registration));
    },
    closeRoom: (call) => carryOut(() => orderClose(fleet, call, now()), call),
    banClient: (call) => carryOut(() => orderBan(fleet, call, now()), call),
    updateRoom: (call) => carryOut(() => orderUpdate(fleet, call, now()), call),
    sendMessage: (call) => carryOut(() => orderMessage(fleet, call, now()), call),
    removeBan: (call) => carryOut(() => orderBanRemoval(fleet, call, now()), { customer: "", ...call }),
    drain: (call) => steer(call, () => alone.drain(call)),
    undrain: (target) => steer(target, () => alone.undrain(target)),
    async forget(target) {
      isOthers = false;
      events = [];
      await alone.forget(target);
      await phases.forget(events);
    },
    checkNamed: (named) => upToDate(() => alone.checkNamed(named)),
    searchServers: (query) => upToDate(() => alone.searchServers(query)),
    searchRooms: (query) => upToDate(() => alone.searchRooms(query)),
    searchBans: (query) => upToDate(() => alone.searchBans(query)),
    searchUsage: (query) => upToDate(() => alone.searchUsage(query)),
    async kept() {
      await reporter.pushed();
      await alone.kept();
    },
    sharing: () => ({ ...standing.now(), gateways: presence.count() }),
    advance() {
      lapse();
      if (standing.now().mode === "alone") vouchForOthers();
      if (now() - presentAt >= PRESENCE_MS && link.isUp()) {
        presentAt = now();
        link.send("PUBLISH", [toChannel(prefix), JSON.stringify({ type: "gateway", gateway })]).catch(() => {});
      }
      if (now() - sweptAt >= SWEEP_MS && standing.now().mode === "joined" && presence.isLead()) {
        sweptAt = now();
        sweep({ fleet, link, claims, prefix, lives }).catch(() => {});
      }
      keeper?.flush();
    },
    async [Symbol.asyncDispose]() {
      link[Symbol.dispose]();
      standing[Symbol.dispose]();
      await alone[Symbol.asyncDispose]();
    },
  };
  return store;

  /** While nobody can be asked, servers that reported to others count as alive: their silence is the outage's. */
  function vouchForOthers(): void {
    for (const server of fleet.servers.values())
      if (server.phase === "enabled" && reporter.heardAt(server.id) < server.lastSeenAt - 1) server.lastSeenAt = now();
  }
}
