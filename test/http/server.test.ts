import { describe, expect, test } from "bun:test";
import { exchange } from "../security/raw-http.ts";
import { listenOn } from "./listen-on.ts";

describe("the listener", () => {
  test("tells the handler who the peer is, and the peer's connection apart from others", async () => {
    const peers: { address: string; port: number }[] = [];
    await using server = listenOn(async (_request, peer) => {
      peers.push({ address: peer.address, port: peer.port });
      return new Response();
    });
    await fetch(server.url);
    await fetch(server.url, { headers: { connection: "close" } });
    await fetch(server.url);
    expect(peers.map(({ address }) => address)).toEqual(["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
    expect(peers[0]?.port).toBe(peers[1]?.port ?? 0);
    expect(peers[2]?.port).not.toBe(peers[1]?.port ?? 0);
  });

  test("knows the line of a POST to the root, whatever host stands before it and query behind, and of nothing else", async () => {
    const lines = new Map<string, string | undefined>();
    await using server = listenOn(async (request, _peer, line) => {
      lines.set(request.headers.get("x-asked") ?? "", line);
      return new Response();
    });
    const asked = ["POST /", "POST /?a=b", "POST //", "POST /%2f", "POST /.", "POST /internal", "POST http://x/"];
    const others = ["GET /", "OPTIONS /", "PUT /", "HEAD /"];
    for (const line of [...asked, ...others]) {
      const text = `${line} HTTP/1.1\r\nHost: x\r\nX-Asked: ${line}\r\nContent-Length: 0\r\n\r\n`;
      await exchange(server.url, [text], { until: (seen) => seen.length > 0, waitMs: 5_000 });
    }
    expect([...lines].filter(([, line]) => line !== undefined)).toEqual([
      ["POST /", "POST /"],
      ["POST /?a=b", "POST /"],
      ["POST http://x/", "POST /"],
    ]);
    expect(lines.size).toBe(asked.length + others.length);
  });

  test("answers what no handler caught with a JSON-RPC body that gives nothing away", async () => {
    const errors: Error[] = [];
    await using server = listenOn(
      async () => Promise.reject(new Error("hunter2")),
      (error) => errors.push(error),
    );
    const response = await fetch(server.url, { method: "POST" });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      jsonrpc: "2.0",
      id: null,
      error: { code: -32603, message: "internal error" },
    });
    expect(errors).toMatchObject([{ message: "hunter2" }]);
  });

  test("lets requests in flight finish when it stops, up to its deadline", async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const server = listenOn(async () => {
      started.resolve();
      await release.promise;
      return new Response("done");
    });
    const inFlight = fetch(server.url).then((response) => response.text());
    await started.promise;
    const stopped = server.stop(60_000);
    release.resolve();
    expect(await inFlight).toBe("done");
    await stopped;
    await expect(fetch(server.url)).rejects.toThrow();
  });

  test("cuts what has not finished by the deadline", async () => {
    const started = Promise.withResolvers<void>();
    const server = listenOn(() => {
      started.resolve();
      return new Promise(() => {});
    });
    const inFlight = fetch(server.url);
    await started.promise;
    await server.stop(1);
    await expect(inFlight).rejects.toThrow();
  });
});
