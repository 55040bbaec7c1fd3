import { describe, expect, test } from "bun:test";
import { CallError, createCall, toMessage } from "../../../src/dashboard/page/model/rpc.ts";

/** A server that answers every request so, and what it was asked. */
function serve(answer: () => Response) {
  const bodies: unknown[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      bodies.push(await request.json());
      return answer();
    },
  });
  return { call: createCall(server.url.href, fetch), bodies, server, [Symbol.asyncDispose]: () => server.stop(true) };
}

describe("a call of the page", () => {
  test("is JSON-RPC, and gives the result", async () => {
    await using gateway = serve(() => Response.json({ jsonrpc: "2.0", id: 1, result: { bans: [] } }));
    expect(await gateway.call("Bans", { limit: 5 })).toEqual({ bans: [] });
    expect(gateway.bodies).toEqual([{ jsonrpc: "2.0", id: 1, method: "Bans", params: { limit: 5 } }]);
  });

  test.each([
    ["an error", () => Response.json({ error: { code: -32020, message: "no such server" } }), "no such server", -32020],
    ["an error without a word", () => Response.json({ error: {} }), "the gateway gave no reason", undefined],
    ["no JSON", () => new Response("<html>", { status: 502 }), "the gateway answered with HTTP status 502", undefined],
    ["other JSON", () => Response.json(null), "the gateway's answer is not one of JSON-RPC", undefined],
  ])("that is answered with %s fails with what was said", async (_name, answer, message, code) => {
    await using gateway = serve(answer);
    const thrown = await gateway.call("ConfigStatus", {}).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(CallError);
    expect(thrown).toMatchObject({ message, code });
  });

  test("that reaches nobody says so", async () => {
    const gateway = serve(() => new Response());
    await gateway.server.stop(true);
    expect(gateway.call("ConfigStatus", {})).rejects.toThrow("the gateway cannot be reached");
  });

  test("that is called off is no error of the gateway", async () => {
    await using gateway = serve(() => new Response());
    const called = gateway.call("ConfigStatus", {}, AbortSignal.abort());
    expect(called).rejects.not.toBeInstanceOf(CallError);
  });

  test("has its failure told in words, whatever was thrown", () => {
    expect([toMessage(new Error("why")), toMessage("why")]).toEqual(["why", "why"]);
  });
});
