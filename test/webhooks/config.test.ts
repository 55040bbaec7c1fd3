import { describe, expect, test } from "bun:test";
import { compareConfigs } from "../../src/config/diff.ts";
import { resolveConfig } from "../../src/config/load.ts";
import { WEBHOOK_EVENTS } from "../../src/config/webhooks-schema.ts";
import { createTempFolder } from "../temp-folder.ts";
import { SECRET, SECRET_TEXT } from "./fixture.ts";

const URL_TEXT = "https://ops.example.com/path-secret?token=query-secret";
const LONG = "a text that is long enough for a secret";

const load = (webhooks: unknown, env = {}, source = "/test/gateway.config.ts") =>
  resolveConfig({ webhooks }, { source, flags: {}, env }).webhooks;

const hook = (more: object = {}) => ({ url: URL_TEXT, secret: LONG, events: ["server.added"], ...more });

describe("webhooks in the config", () => {
  test("have their secrets read from wherever they are, in the form of Standard Webhooks or as they stand", () => {
    using folder = createTempFolder({ secret: `${SECRET_TEXT}\n` });
    const source = folder.file("gateway.config.ts");
    const urls = ["https://a.example.com", "http://b.example.com:81/x", "http://10.0.0.5"];
    const [a, b, c] = load(
      [
        hook({ url: urls[0], events: "*" }),
        hook({ url: urls[1], secret: { file: "secret" }, events: ["room.moved", "room.moved"] }),
        hook({ url: urls[2], secret: { env: "HOOK" } }),
      ],
      { HOOK: SECRET_TEXT },
      source,
    );
    expect(a).toEqual({ url: `${urls[0]}/`, secret: Buffer.from(LONG), events: WEBHOOK_EVENTS });
    expect(b).toEqual({ url: urls[1] ?? "", secret: SECRET, events: ["room.moved"] });
    expect(Buffer.from(c?.secret ?? []).equals(SECRET)).toBe(true);
    expect(load(undefined)).toEqual([]);
  });

  test.each([
    [hook({ url: "ftp://ops.example.com/" }), "webhooks[0].url", "must be an http(s) URL"],
    [hook({ url: "ops.example.com" }), "webhooks[0].url", "must be an http(s) URL"],
    [hook({ url: "https://user:password@ops.example.com/" }), "webhooks[0].url", "without a name and a password"],
    [hook({ url: "https://ops.example.com/#here" }), "webhooks[0].url", "without a fragment"],
    [hook({ events: [] }), "webhooks[0].events", "at least one event"],
    [hook({ events: ["server.gone"] }), "webhooks[0].events[0]", "must be one of server.added, "],
    [hook({ events: "all" }), "webhooks[0].events", 'must be "*" or a list'],
    [hook({ secret: "too short" }), "webhooks[0].secret", "at least 24 bytes"],
    [hook({ secret: "whsec_dG9vIHNob3J0" }), "webhooks[0].secret", "at least 24 bytes"],
    [hook({ secret: "whsec_this is no base64, but long" }), "webhooks[0].secret", "must be base64 after whsec_"],
    [hook({ secret: { env: "HOOK" } }), "webhooks[0].secret", "the environment has no HOOK"],
    [hook({ method: "GET" }), "webhooks[0].method", "is not a setting"],
  ])("with a fault are refused, and the fault has nothing secret in it: %p", (entry, path, message) => {
    const refused = expect(() => load([entry]));
    refused.toThrow(path);
    refused.toThrow(message);
    refused.not.toThrow(/query-secret|path-secret|too short|dG9v|this is no base64|user:password/);
  });

  test("name each URL once, and are not many", () => {
    expect(() => load([hook(), hook({ events: ["room.moved"] })])).toThrow("must name each URL once");
    const many = Array.from({ length: 21 }, (_, n) => hook({ url: `https://ops${n}.example.com/` }));
    expect(() => load(many)).toThrow("at most 20");
  });

  test("are compared at a reload without anything secret", () => {
    const at = (webhooks: unknown) =>
      resolveConfig({ webhooks }, { source: "/test/gateway.config.ts", flags: {}, env: {} });
    const before = at([hook()]);
    const after = at([hook({ url: "https://ops.example.com/other", secret: SECRET_TEXT })]);
    expect(compareConfigs(before, after)).toEqual({
      changed: [
        "webhooks[0].secret: *** → ***",
        'webhooks[0].url: "https://ops.example.com/…" → "https://ops.example.com/…"',
      ],
      needsRestart: [],
    });
  });
});
