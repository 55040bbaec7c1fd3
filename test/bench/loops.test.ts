import { describe, expect, test } from "bun:test";
import { openConnections } from "../../bench/load/connection.ts";
import { runClosed, runOpen } from "../../bench/load/loops.ts";
import { createPacer } from "../../bench/load/pacer.ts";
import { toPost } from "../../bench/load/requests.ts";

const SLOW_MS = 60;

/** A server that answers with the body that it got, and is slow with the body "slow". */
function startEcho() {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body = await request.text();
      if (body === "slow") await Bun.sleep(SLOW_MS);
      return new Response(body);
    },
  });
}

const toRequests = (bodies: readonly string[]) => bodies.map((body) => toPost("/", "Bearer x", body));

describe("the closed loop", () => {
  test("sends every request once, and puts each answer where its request is", async () => {
    using server = startEcho();
    using connections = await openConnections({ port: server.port ?? 0, tls: false }, 3);
    const bodies = Array.from({ length: 20 }, (_, i) => `body ${i}`);
    const { answers, latenciesMs } = await runClosed(connections.all, toRequests(bodies));
    expect(answers.map(({ body }) => body)).toEqual(bodies);
    expect(latenciesMs.every((ms) => ms > 0)).toBe(true);
  });

  test("sends a body that takes several writes, whole", async () => {
    using server = startEcho();
    using connections = await openConnections({ port: server.port ?? 0, tls: false }, 1);
    const body = "0123456789".repeat(1_000_000);
    const { answers } = await runClosed(connections.all, toRequests([body]));
    expect(answers[0]?.body === body).toBe(true);
  });

  test("fails when the other side closes the connection", async () => {
    using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.end() } });
    using connections = await openConnections({ port: server.port, tls: false }, 1);
    for (const connection of connections.all) connection.send(Buffer.from("x"));
    await expect(connections.failed).rejects.toThrow("closed");
  });
});

describe("the open loop", () => {
  test("counts from when a request was due, so that one who is slow is slow for all who wait", async () => {
    using server = startEcho();
    using connections = await openConnections({ port: server.port ?? 0, tls: false }, 1);
    using pacer = createPacer();
    const requests = toRequests(["slow", "a", "b"]);
    const { latenciesMs, answers } = await runOpen(connections.all, requests, { perSecond: 100, pacer });
    expect(answers.map(({ body }) => body)).toEqual(["slow", "a", "b"]);
    // Those behind it were due 10 and 20 ms later, and had to wait for the rest of its time.
    expect(latenciesMs[1]).toBeGreaterThan(SLOW_MS - 10 - 2);
    expect(latenciesMs[2]).toBeGreaterThan(SLOW_MS - 20 - 2);
  });

  test("does not wait for answers where there are connections", async () => {
    const held = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    let arrived = 0;
    // Nobody is answered before all have asked.
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch() {
        held[arrived++]?.resolve();
        await Promise.all(held.map(({ promise }) => promise));
        return new Response("together");
      },
    });
    using connections = await openConnections({ port: server.port ?? 0, tls: false }, 3);
    using pacer = createPacer();
    const requests = toRequests(["a", "b", "c"]);
    const { answers } = await runOpen(connections.all, requests, { perSecond: 1_000, pacer });
    expect(answers.map(({ body }) => body)).toEqual(["together", "together", "together"]);
  });
});
