import { RedisClient } from "bun";
import { RpcError } from "../../errors.ts";
import type { Script } from "./scripts.ts";

/** Where Redis is, and how long to wait for it. */
export interface LinkOptions {
  /** `redis://`, `rediss://` or `redis+unix://`, with user, password and database number. */
  readonly url: string;
  /** Certificates of who signed that of Redis, PEM. */
  readonly ca?: string | undefined;
  readonly channel: string;
  /** A key for finding out whether Redis takes writes. */
  readonly probeKey: string;
  /** All that `run` will be asked for. */
  readonly scripts: readonly Script[];
  /** The gateway's own time, epoch milliseconds. */
  readonly now: () => number;
  /** Told of what is published on the channel, in its order: before the reply to anything that was asked later. */
  readonly onMessage: (text: string) => void;
  /** There is a new connection, on which nothing was missed since it began. */
  readonly onUp: () => void;
  /** The connection is lost, and with it what was published until the next one; or it could not be made. */
  readonly onDown: (reason: string) => void;
}

/** A connection to Redis that is made anew whenever it fails, until disposed. */
export interface Link extends Disposable {
  readonly isUp: () => boolean;
  /** Redis' time (epoch milliseconds) until which everything that was published has been told. */
  readonly knownUntil: () => number;
  /** What the gateway's time is ahead of Redis', in whole seconds: less is drift, and no two gateways should see it. */
  readonly offsetMs: () => number;
  /** Rejects with `unavailable` if there is no connection, or no answer in time: what was asked for may have happened. */
  readonly send: (command: string, args: readonly string[]) => Promise<unknown>;
  readonly run: (script: Script, key: string, args: readonly string[]) => Promise<unknown>;
  /** Resolves when all has been told that was published before this was called; `knownUntil` says so then. */
  readonly freshen: () => Promise<void>;
  /** Gives this connection up, so that the next one begins from what Redis has. */
  readonly drop: (reason: string) => void;
}

/** Redis is asked for its time so often … */
const BEAT_MS = 100;
/**
 * … and counts as gone if it has left so many of these unanswered: turns of our own loop, which may be late itself. That it still
 * tells something says nothing: a connection can be stuck in one direction, and who is that far behind reads everything sooner.
 */
const MAX_UNANSWERED = 20;
const CONNECT_MS = 1_000;
const RETRY_AFTER_SEC = 1;
const MIN_WAIT_MS = 50;
const MAX_WAIT_MS = 500;
/** Errors with which Redis says that it cannot serve anybody at the moment. */
const UNABLE = /^(LOADING|BUSY|OOM|READONLY|MISCONF|NOAUTH|MASTERDOWN|CLUSTERDOWN|NOREPLICAS) /;

/**
 * Connects to Redis. Commands and messages share a connection, so that their order is Redis' own: whoever gets an answer has
 * been told of everything before it. A client of Bun's is used until its first fault, and then another one: it waits for ever
 * for a Redis that hangs, forgets what it was subscribed to, and gives up after some attempts.
 */
export function createLink(options: LinkOptions): Link {
  const { url, ca, channel, probeKey, scripts, now, onMessage, onUp, onDown } = options;
  /** Ends what waits for an answer: a client that fails may leave it waiting. */
  const waiting = new Set<(error: Error) => void>();
  let outbox: (() => void)[] = [];
  let client: RedisClient | undefined;
  let isUp = false;
  let isClosed = false;
  let waitMs = MIN_WAIT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let knownUntil = 0;
  let offsetMs = 0;
  let unanswered = 0;
  /** Whether this server tells a client of what it did itself only after the answer, as Valkey 8 does. */
  let tellsLate = false;

  function lose(lost: RedisClient, reason: string): void {
    if (lost !== client) return;
    client = undefined;
    isUp = false;
    lost.close();
    for (const reject of waiting) reject(unreachable(reason));
    waiting.clear();
    if (isClosed) return;
    onDown(reason);
    timer = setTimeout(connect, waitMs * (0.5 + Math.random()));
    waitMs = Math.min(MAX_WAIT_MS, 2 * waitMs);
  }

  async function connect(): Promise<void> {
    const next = new RedisClient(url, {
      autoReconnect: false,
      connectionTimeout: CONNECT_MS,
      ...(ca !== undefined && { tls: { ca } }),
    });
    client = next;
    const probe = crypto.randomUUID();
    let isToldLate = true;
    try {
      // The first command is told of a wrong password; `connect` would only be told that the connection closed.
      await inTime(next.send("PING", []), CONNECT_MS);
      // Errors are only told before it subscribes: after that, they close the connection.
      await inTime(next.send("SET", [probeKey, "", "PX", String(CONNECT_MS)]), CONNECT_MS);
      for (const { source } of scripts) await inTime(next.send("SCRIPT", ["LOAD", source]), CONNECT_MS);
      await inTime(
        next.subscribe(channel, (text) => {
          if (text === probe) isToldLate = false;
          else if (next === client) onMessage(text);
        }),
        CONNECT_MS,
      );
      await inTime(next.send("PUBLISH", [channel, probe]), CONNECT_MS);
      tellsLate = isToldLate;
      noteTime(await inTime(next.send("TIME", []), CONNECT_MS));
      if (next !== client) return;
      // Before this, what was asked is told the reason, where this is told only that the connection is closed.
      next.onclose = (error) => lose(next, error.message);
      if (!next.connected) throw unreachable("the connection is closed");
      isUp = true;
      waitMs = MIN_WAIT_MS;
      onUp();
    } catch (error) {
      lose(next, toReason(error));
    }
  }

  /** What is asked later is answered later: this answer vouches for all others. */
  function noteTime(answer: unknown): void {
    const [sec, us] = toTime(answer);
    unanswered = 0;
    knownUntil = sec * 1_000 + Math.floor(us / 1_000);
    offsetMs = Math.round((now() - knownUntil) / 1_000) * 1_000;
  }

  async function send(command: string, args: readonly string[]): Promise<unknown> {
    const asked = client;
    if (!asked || !isUp) throw unreachable("there is no connection");
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    waiting.add(reject);
    post(() => {
      if (asked === client) asked.send(command, [...args]).then(resolve, reject);
    });
    try {
      return await promise;
    } catch (error) {
      if (asked === client && !isRefusal(error)) lose(asked, toReason(error));
      throw isRefusal(error) ? error : unreachable(toReason(error));
    } finally {
      waiting.delete(reject);
    }
  }

  /** Sends what is asked in one turn of the loop at once: one by one, under load, small packets fill what Redis' side can hold. */
  function post(letter: () => void): void {
    if (outbox.push(letter) > 1) return;
    setImmediate(() => {
      const letters = outbox;
      outbox = [];
      for (const send of letters) send();
    });
  }

  async function run({ sha1 }: Script, key: string, args: readonly string[]): Promise<unknown> {
    const asked = send("EVALSHA", [sha1, "1", key, ...args]);
    if (!tellsLate) return await asked;
    const [answer] = await Promise.all([asked, send("PING", [])]);
    return answer;
  }

  async function freshen(): Promise<void> {
    noteTime(await send("TIME", []));
  }

  void connect();
  const beats = setInterval(() => {
    const asked = client;
    if (!asked || !isUp) return;
    if (unanswered++ >= MAX_UNANSWERED) lose(asked, `no answer for ${MAX_UNANSWERED * BEAT_MS} ms`);
    else freshen().catch(() => {});
  }, BEAT_MS);

  return {
    isUp: () => isUp,
    knownUntil: () => knownUntil,
    offsetMs: () => offsetMs,
    send,
    freshen,
    run,
    drop(reason) {
      if (client) lose(client, reason);
    },
    [Symbol.dispose]() {
      isClosed = true;
      isUp = false;
      clearInterval(beats);
      clearTimeout(timer);
      client?.close();
    },
  };
}

/** The error of a shared state that cannot be reached, or cannot be followed. */
export function unreachable(reason: string): RpcError {
  const data = { retryAfterSec: RETRY_AFTER_SEC };
  return new RpcError("unavailable", { message: "the shared state cannot be reached", data, cause: new Error(reason) });
}

/** Says whether that is such an error. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof RpcError && error.error === "unavailable";
}

/** Says whether Redis has answered that it will not do this. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return error.code === "ERR_REDIS_SERVER_ERROR" && !UNABLE.test(error.message);
}

/** Seconds and microseconds. */
function toTime(answer: unknown): [number, number] {
  const [sec, us] = Array.isArray(answer) ? answer : [];
  return [Number(sec), Number(us)];
}

function toReason(error: unknown): string {
  if (error instanceof RpcError && error.cause instanceof Error) return error.cause.message;
  return error instanceof Error ? error.message : String(error);
}

function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unreachable(`no answer within ${ms} ms`)), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
