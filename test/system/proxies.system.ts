import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { exchange } from "../security/raw-http.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { acme, buildBinary, createConfigFolder, findFreePort, startGateway } from "./gateway-process.ts";
import { ensureTool, runTool } from "./tools.ts";
import { call, startServers } from "./traffic.ts";

let binary: TempFolder;
beforeAll(async () => {
  binary = await buildBinary();
});
afterAll(() => binary[Symbol.dispose]());

interface Proxy {
  readonly tool: string;
  readonly debianPackage: string;
  /** Writes its config, for those ports, and gives the command that runs it in the foreground. */
  readonly prepare: (folder: TempFolder, port: number, gatewayPort: number) => Promise<string[]>;
}

/** Connections from one address that nginx lets in, and more than that. */
const MAX_CONNECTIONS = 256;
const HELD = 300;

/** Ways to write what is for servers, operators and probes, raw as they go over the wire. */
const SPELLINGS = [
  ...["/internal", "/internal/", "//internal", "/./internal", "/internal/.", "/x/../internal", "/x/%2e%2E/internal"],
  ...[
    "/x\\..\\internal",
    "/internal\\",
    "/x/..%5Cinternal",
    "/x/..%2Finternal",
    "/internal#x",
    "/internal?x",
    "/%69nternal",
  ],
  ...["/default/internal", "/default/x/../internal/", "/INTERNAL", "/internal;x", "/internal%00", "/internal%2F"],
  ...["/metrics", "/metrics/", "/x/../metrics", "/x\\..\\metrics", "/metrics\\", "/metrics#x", "/livez/", "/readyz/"],
  ...["/dashboard", "/dashboard/", "/dashboard/feed", "/dashboard/feed/", "/x\\..\\dashboard"],
];

const PROXIES: readonly Proxy[] = [
  {
    tool: "nginx",
    debianPackage: "nginx-light",
    async prepare(folder, port, gatewayPort) {
      const site = (await Bun.file("packaging/nginx.conf").text())
        .replace("127.0.0.1:7000;", `127.0.0.1:${gatewayPort};`)
        .replace("listen 80;", `listen 127.0.0.1:${port};`);
      folder.write("site.conf", site);
      const main = `daemon off;\npid ${folder.file("pid")};\nerror_log stderr;\nevents {}\nhttp { access_log off; include ${folder.file("site.conf")}; }\n`;
      return ["nginx", "-p", folder.path, "-c", folder.write("nginx.conf", main)];
    },
  },
  {
    tool: "caddy",
    debianPackage: "caddy",
    async prepare(folder, port, gatewayPort) {
      const site = (await Bun.file("packaging/Caddyfile").text())
        .replaceAll("127.0.0.1:7000", `127.0.0.1:${gatewayPort}`)
        .replace("\n:80 {", `\nhttp://127.0.0.1:${port} {`)
        .replace("{\n\tservers", "{\n\tadmin off\n\tservers");
      return ["caddy", "run", "--adapter", "caddyfile", "--config", folder.write("Caddyfile", site)];
    },
  },
];

const why = new Map<string, string | undefined>();
for (const { tool, debianPackage } of PROXIES) why.set(tool, await ensureTool(tool, debianPackage));

describe.each(PROXIES.map((proxy) => [proxy.tool, proxy] as const))("behind %s as packaging/ has it", (tool, proxy) => {
  const reason = why.get(tool);
  test.skipIf(reason !== undefined)(
    `clients connect, and what is for operators is closed to the world${reason === undefined ? "" : ` (skipped: ${reason})`}`,
    async () => {
      const [port, gatewayPort] = [await findFreePort(), await findFreePort()];
      using folder = createConfigFolder(gatewayPort, 'trustedProxies: ["127.0.0.1/32"],');
      await using gateway = await startGateway(binary, folder);
      const [server] = await startServers(`http://127.0.0.1:${gatewayPort}`, 1);
      using proxyFolder = createTempFolder();
      const child = Bun.spawn(await proxy.prepare(proxyFolder, port, gatewayPort), {
        env: { ...process.env, HOME: proxyFolder.path, XDG_DATA_HOME: proxyFolder.path },
        stdout: "ignore",
        stderr: "ignore",
      });
      const url = `http://127.0.0.1:${port}`;
      try {
        const probe = () =>
          fetch(`${url}/readyz`).then(
            ({ status }) => status,
            () => 0,
          );
        for (let attempt = 0; attempt < 100 && (await probe()) !== 200; attempt++) await Bun.sleep(50);
        expect(await probe()).toBe(200);
        expect((await call(url, "Connect", "lobby", "u")).result?.address).toBe("sfu1.sim:4433");
        for (const path of ["/internal", "/internal/", "/default/internal"]) {
          const answer = await fetch(`${url}${path}`, { method: "POST", body: "{}" });
          expect([path, answer.status]).toEqual([path, 403]);
        }
        for (const path of ["/dashboard", "/dashboard/", "/dashboard/feed"])
          expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 403]);
        // From an address that is nobody's, however the path is spelt: what asks for Basic is the servers' and operators'.
        for (const target of [...SPELLINGS, `${url}/internal`, `${url}/metrics`]) {
          for (const method of ["GET", "POST"]) {
            const outside = ["--interface", "127.0.0.2", "--request-target", target];
            const head = await runTool(["curl", "-s", "-i", "-X", method, ...outside, url], { cwd: proxyFolder.path });
            const isRefused = /^HTTP\/1.1 (400|401|403|404|405)/.test(head);
            const isLetThrough = /authenticate: basic|"alive"|"ready"|odin_gateway_/i.test(head);
            expect([method, target, isRefused, isLetThrough]).toEqual([method, target, true, false]);
          }
        }
        process.stderr.write(`closed paths through ${tool}: ${2 * (SPELLINGS.length + 2)} tried, 0 let through\n`);
        const twoHosts = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: localhost\r\n\r\n`;
        expect((await exchange(url, [twoHosts], { until: (seen) => seen.length > 0 })).statuses).toEqual([400]);
        // Whoever announces a body and does not send it: only so many at a time (nginx), and none for long.
        const slow = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1000\r\n\r\n`;
        const held = await Promise.all(
          Array.from({ length: HELD }, () =>
            exchange(url, [slow], { until: (seen) => seen.length > 0, waitMs: 20_000 }),
          ),
        );
        expect(held.filter(({ statuses, isClosed }) => statuses.length === 0 && !isClosed)).toEqual([]);
        const turnedAway = held.filter(({ statuses }) => statuses.includes(429)).length;
        expect(turnedAway).toBe(tool === "nginx" ? HELD - MAX_CONNECTIONS : 0);
        const authorization = `Bearer ${await acme.signToken({ room: "lobby", user: "u", nowMs: Date.now() })}`;
        const body = "x".repeat(2 * 1_048_576);
        const large = await fetch(url, { method: "POST", headers: { authorization }, body }).catch(() => undefined);
        // Caddy takes a refusal that comes before it has sent the whole body for a broken connection.
        expect([413, ...(tool === "caddy" ? [502] : [])]).toContain(large?.status ?? 413);
        // Whatever a client says of where it comes from, the gateway's log names the address that the proxy saw.
        const headers = { authorization: "Bearer nonsense", "x-forwarded-for": "203.0.113.7" };
        expect((await fetch(url, { method: "POST", headers, body: "{}" })).status).toBe(401);
        expect(gateway.log()).not.toContain("203.0.113.7");
      } finally {
        child.kill("SIGKILL");
        await child.exited;
        server?.stop();
      }
    },
    60_000,
  );
});
