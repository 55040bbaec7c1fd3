import { RpcError } from "../../errors.ts";
import { type Link, unreachable } from "./link.ts";
import { CUSTOMER_SCRIPTS, type CustomerScript, SERVER_SCRIPT } from "./scripts.ts";

/** Which life of a customer's state a gateway knows, and the last delta of it. */
export interface Life {
  readonly life: string;
  readonly seq: number;
}

/** What claims are made with. */
export interface ClaimOptions {
  readonly link: Link;
  /** Begins all keys, and the channel's name. */
  readonly prefix: string;
  /** Name of this gateway among all. */
  readonly gateway: string;
  /** What the fleet's clock is ahead of Redis', in milliseconds: only tests have any. */
  readonly aheadMs: () => number;
  readonly findLife: (customer: string) => Life | undefined;
  /** Resolves when this gateway knows what there is of the customer, and has told what it did alone. */
  readonly follow: (customer: string) => Promise<void>;
  /** Has this gateway know what there is of the customer, as its own knowledge was found to be of no use. */
  readonly catchUp: (customer: string) => Promise<void>;
}

/** Runs steps on the shared state, each of them once and whole, or not at all. */
export interface Claims {
  /** Answers what the script says; rejects with `unavailable` if Redis does not answer: it may have happened or not. */
  readonly run: (
    script: CustomerScript,
    customer: string,
    args: readonly (string | number)[],
  ) => Promise<readonly string[]>;
  /** The same, once, whatever this gateway knows. */
  readonly runOnce: (
    script: CustomerScript,
    customer: string,
    args: readonly (string | number)[],
  ) => Promise<readonly string[]>;
  /** Takes note of what is known of a server, JSON; nothing forgets it. */
  readonly putServer: (server: string, known: string, silentMs: number, figures: string) => Promise<void>;
  /** What the fleet's clock is ahead of Redis', in milliseconds. */
  readonly offsetMs: () => number;
  /** By which time, as scripts have it, this gateway knew all that had happened. */
  readonly knownUntil: () => number;
  /** Resolves when this gateway knows all that had happened when it was called. */
  readonly freshen: () => Promise<void>;
}

/** Version of the keys and scripts: gateways of another one do not share a state with those of this one. */
const SCHEMA = "v1";

/** A gateway that has heard nothing for so long must not change anything: it might undo what it does not know of. */
const MAX_LAG_MS = 3_000;
const ATTEMPTS = 10;

/** Creates the claims over a link. */
export function createClaims(options: ClaimOptions): Claims {
  const { link, prefix, gateway, aheadMs, findLife, follow, catchUp } = options;
  const channel = toChannel(prefix);

  function head(): string[] {
    const ahead = Math.round(aheadMs());
    return [gateway, String(ahead), String(link.knownUntil() + ahead), String(MAX_LAG_MS)];
  }

  async function runOnce(script: CustomerScript, customer: string, args: readonly (string | number)[]) {
    const { life = "", seq = 0 } = findLife(customer) ?? {};
    if (life === "") link.send("SADD", [toListKeys(prefix).customers, customer]).catch(() => {});
    const all = [channel, customer, ...head(), life, String(seq), crypto.randomUUID(), ...args.map(String)];
    return toWords(await link.run(CUSTOMER_SCRIPTS[script], toCustomerKey(prefix, customer), all));
  }

  return {
    runOnce,
    async run(script, customer, args) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        await follow(customer);
        const answer = await runOnce(script, customer, args);
        const [word] = answer;
        if (word === "unknown" || word === "renewed" || word === "lost") await catchUp(customer);
        else if (word === "fenced") await link.freshen();
        else return answer;
      }
      throw unreachable("the shared state changes faster than this gateway can follow");
    },
    async putServer(server, known, silentMs, figures) {
      // Also one that only reports: it may have been forgotten, and be back.
      await link.send(known === "" ? "SREM" : "SADD", [toListKeys(prefix).servers, server]);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const args = [channel, server, ...head(), known, String(Math.round(silentMs)), figures];
        const [word] = toWords(await link.run(SERVER_SCRIPT, toServerKey(prefix, server), args));
        if (word !== "fenced") return;
        await link.freshen();
      }
      throw unreachable("this gateway cannot follow the shared state");
    },
    offsetMs: link.offsetMs,
    knownUntil: () => link.knownUntil() + aheadMs(),
    freshen: link.freshen,
  };
}

/** Name of the channel on which all changes are told. */
export function toChannel(prefix: string): string {
  return `${prefix}:${SCHEMA}:changes`;
}

/** What all keys of a customer begin with; they share a hash tag, as a customer lives on one shard. */
export function toCustomerKey(prefix: string, customer: string): string {
  return `${prefix}:${SCHEMA}:{${encodeURIComponent(customer)}}:`;
}

/** Key of a server's record. */
export function toServerKey(prefix: string, server: string): string {
  return `${prefix}:${SCHEMA}:server:{${encodeURIComponent(server)}}`;
}

/** Keys of the lists of all customers and all servers, and one that means nothing. */
export function toListKeys(prefix: string): {
  readonly customers: string;
  readonly servers: string;
  readonly probe: string;
} {
  return {
    probe: `${prefix}:${SCHEMA}:probe`,
    customers: `${prefix}:${SCHEMA}:customers`,
    servers: `${prefix}:${SCHEMA}:servers`,
  };
}

function toWords(answer: unknown): readonly string[] {
  if (!Array.isArray(answer)) throw new RpcError("internal", { cause: new Error("a script gave no list") });
  return answer.map(String);
}
