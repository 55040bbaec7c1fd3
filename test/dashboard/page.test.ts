import { describe, expect, test } from "bun:test";
import { loadPage, toPageFile } from "../../src/dashboard/page-file.ts";
import { toPageResponse } from "../../src/dashboard/page-response.ts";
import { createWorld, USERS } from "../world.ts";
import { ask } from "./open-feed.ts";

const SERVER = `Basic ${btoa(`sfu:${USERS.sfu}`)}`;
const CHALLENGE = 'Basic realm="odin-gateway", charset="UTF-8"';

describe("the dashboard's page", () => {
  test("is one HTML text that loads nothing else, of which the headers say what may run", async () => {
    await using world = createWorld();
    const response = await ask(world.gateway, "/dashboard");
    expect(response.status).toBe(200);
    const html = await response.text();
    expect(html).toStartWith("<!doctype html>");
    expect(html).not.toMatch(/<(script|link|img)\b[^>]*\b(src|href)="(?!data:)/i);
    const { headers } = response;
    const policy = headers.get("content-security-policy") ?? "";
    for (const [, text = ""] of html.matchAll(/<(?:script|style)\b[^>]*>([\s\S]*?)<\/(?:script|style)>/g))
      expect(policy).toContain(`'sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}'`);
    for (const part of [
      "default-src 'none'",
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy.split("; ")).toContain(part);
    expect(policy).not.toContain("unsafe");
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "private, no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
    });
  });

  test("is the same with a trailing slash, and without a body for HEAD", async () => {
    await using world = createWorld();
    const [page, slash] = [await ask(world.gateway, "/dashboard"), await ask(world.gateway, "/dashboard/")];
    expect(await slash.text()).toBe(await page.text());
    const head = await ask(world.gateway, "/dashboard", {}, { method: "HEAD" });
    expect([head.status, head.headers.get("etag")]).toEqual([200, page.headers.get("etag")]);
  });

  test("is for operators: a browser is asked who is there, a server is refused", async () => {
    await using world = createWorld();
    for (const path of ["/dashboard", "/dashboard/feed"]) {
      const unknown = await ask(world.gateway, path, { authorization: "" });
      expect([unknown.status, unknown.headers.get("www-authenticate")]).toEqual([401, CHALLENGE]);
      expect((await ask(world.gateway, path, { authorization: SERVER })).status).toBe(403);
    }
  });

  test("is no refusal worth a line in the log where a browser only has not asked for a password yet", async () => {
    await using world = createWorld();
    const request = new Request("http://gateway.test/dashboard", { headers: { host: "gateway.test" } });
    expect((await world.gateway.fetch(request, { address: "10.0.0.9", port: 1 })).status).toBe(401);
    const errors = () => world.logLines.filter(({ severity }) => severity === "ERROR");
    expect(errors()).toEqual([]);
    await ask(world.gateway, "/dashboard", { authorization: `Basic ${btoa("op:wrong")}` });
    expect(errors()).toHaveLength(1);
  });

  test("is not there where it is switched off, on the metrics' listener, and in a pool", async () => {
    await using off = createWorld({ dashboard: false });
    for (const path of ["/dashboard", "/dashboard/feed"]) expect((await ask(off.gateway, path)).status).toBe(404);
    await using world = createWorld({ sfuPools: { available: ["eu"], default: "eu" } });
    expect((await ask(world.gateway, "/dashboard")).status).toBe(200);
    for (const path of ["/eu/dashboard", "/dashboard/other", "/dashboard/feed/1"])
      expect((await ask(world.gateway, path)).status).toBe(404);
    for (const path of ["/dashboard", "/dashboard/feed"])
      expect((await world.gateway.fetchMetrics(new Request(`http://gateway.test${path}`))).status).toBe(404);
  });

  test.each([
    ["/dashboard", "GET, HEAD", "POST"],
    ["/dashboard/feed", "GET", "HEAD"],
  ])("%s takes %s, and not %s", async (path, allow, method) => {
    await using world = createWorld();
    const response = await ask(world.gateway, path, {}, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
  });

  const navigation = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const frame = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" };
  test.each([
    ["from a bookmark", "/dashboard", { "sec-fetch-site": "none", ...navigation }, 200],
    ["by a link of another site", "/dashboard", { "sec-fetch-site": "cross-site", ...navigation }, 200],
    ["in a frame of another site", "/dashboard", { "sec-fetch-site": "cross-site", ...frame }, 403],
    ["by a script of another site", "/dashboard", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }, 403],
    ["by the page, its feed", "/dashboard/feed", { "sec-fetch-site": "same-origin" }, 200],
    ["by a link of another site, its feed", "/dashboard/feed", { "sec-fetch-site": "cross-site", ...navigation }, 403],
    ["by a script of another site, its feed", "/dashboard/feed", { origin: "https://evil.example" }, 403],
  ])("asked for %s", async (_, path, headers, status) => {
    await using world = createWorld();
    expect((await ask(world.gateway, path, headers)).status).toBe(status);
  });
});

describe("a page that is sent", () => {
  const page = toPageFile("<!doctype html><style>a{}</style><script>1</script>");
  const send = (headers: Record<string, string>) => toPageResponse(new Request("http://x/", { headers }), page);

  test.each([
    ["gzip, deflate, br", "gzip"],
    ["gzip;q=0.5", "gzip"],
    ["br;q=1, GZIP ; q=0.001", "gzip"],
    ["gzip;q=0", null],
    ["gzip; q=0.0", null],
    ["br", null],
    ["", null],
  ])("to a browser that takes %p is coded %p", async (accepted, coding) => {
    const response = send({ "accept-encoding": accepted });
    expect(response.headers.get("content-encoding")).toBe(coding);
    expect(response.headers.get("vary")).toBe("Accept-Encoding");
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(new TextDecoder().decode(coding === null ? bytes : Bun.gunzipSync(bytes))).toStartWith("<!doctype html>");
  });

  test.each([
    [page.etag, 304],
    [page.etag.slice(2), 304],
    [`"other", ${page.etag}`, 304],
    ["*", 304],
    ['W/"other"', 200],
  ])("with If-None-Match %s is answered %d", async (tags, status) => {
    const response = send({ "if-none-match": tags });
    expect([response.status, response.headers.get("etag")]).toEqual([status, page.etag]);
    expect((await response.text()) === "").toBe(status === 304);
  });

  test("is the one that the binary has in it, as it lies there, or else one of the sources", async () => {
    const gzip = Bun.gzipSync("<!doctype html><title>in the binary</title>");
    const other = new File(["sfu"], "other-1a2b.gz");
    const page = await loadPage([other, new File([gzip], "dashboard.html-1a2b.gz")]);
    expect(page.gzip).toEqual(gzip);
    expect(new TextDecoder().decode(page.html)).toContain("in the binary");
    expect(new TextDecoder().decode((await loadPage([other])).html)).toContain("ODIN gateway");
  });

  test("may run no script and no style if it has none", () => {
    expect(toPageFile("<!doctype html>")).toMatchObject({ scripts: "'none'", styles: "'none'" });
  });
});
