import { describe, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { BARE_CONFIG, bareConfigText } from "./fixture.ts";
import { serveFolder } from "./serve-folder.ts";

const TLS = `${process.cwd()}/test/fixtures/tls`;

function findFreePort(): number {
  using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  return server.port ?? 0;
}

function usePair(folder: TempFolder, cert: string, key: string): void {
  copyFileSync(`${TLS}/${key}`, folder.file("key.pem"));
  copyFileSync(`${TLS}/${cert}`, folder.file("cert.pem"));
}

describe.concurrent("a reload of the listener", () => {
  test("opens the new address before it gives up the old one", async () => {
    const [first, second] = [findFreePort(), findFreePort()];
    using folder = createTempFolder({
      "gateway.config.ts": bareConfigText(`http: { hostname: "127.0.0.1", port: ${first} }`),
    });
    await using gateway = await serveFolder(folder);
    folder.write("gateway.config.ts", bareConfigText(`http: { hostname: "127.0.0.1", port: ${second} }`));
    await gateway.waitFor(new RegExp(`"http://127.0.0.1:${second}/"`));
    expect((await fetch(`http://127.0.0.1:${second}/livez`)).status).toBe(200);
    const isOpen = () =>
      fetch(`http://127.0.0.1:${first}/livez`, { keepalive: false }).then(
        () => true,
        () => false,
      );
    while (await isOpen()) await Bun.sleep(20);
  });

  test("to another host name on the same port works too", async () => {
    const port = findFreePort();
    using folder = createTempFolder({
      "gateway.config.ts": bareConfigText(`http: { hostname: "0.0.0.0", port: ${port} }`),
    });
    await using gateway = await serveFolder(folder);
    folder.write("gateway.config.ts", bareConfigText(`http: { hostname: "127.0.0.1", port: ${port} }`));
    await gateway.waitFor(/the config was reloaded/);
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
  });

  test("to an address that is taken changes nothing", async () => {
    using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    using folder = createTempFolder({ "gateway.config.ts": BARE_CONFIG });
    await using gateway = await serveFolder(folder);
    const { url } = gateway;
    folder.write(
      "gateway.config.ts",
      bareConfigText(`http: { hostname: "127.0.0.1", port: ${taken.port} }, roomScope: "prefix"`),
    );
    await gateway.waitFor(/could not be reloaded/);
    expect(gateway.out()).toContain(`cannot listen on 127.0.0.1:${taken.port}`);
    expect((await fetch(`${url}livez`)).status).toBe(200);
  });

  test("with new TLS files serves new connections with them, and breaks off none", async () => {
    using folder = createTempFolder();
    usePair(folder, "cert.pem", "key.pem");
    folder.write(
      "gateway.config.ts",
      bareConfigText(
        'useSsl: true, https: { hostname: "127.0.0.1", port: 0, certFile: "cert.pem", keyFile: "key.pem" }',
      ),
    );
    await using gateway = await serveFolder(folder);
    const { url } = gateway;
    const [old, next] = await Promise.all(
      ["cert.pem", "next-cert.pem"].map((name) => Bun.file(`${TLS}/${name}`).text()),
    );
    const ask = (ca: string | undefined) =>
      fetch(`${url}livez`, { tls: { ca: ca ?? "" } }).then(({ status }) => status);
    expect(await ask(old)).toBe(200);

    for (const [cert, key, reason] of [
      ["cert.pem", "next-key.pem", "is not the key of the certificate"],
      ["expired-cert.pem", "key.pem", "expired on"],
      ["key.pem", "key.pem", "is no certificate in PEM"],
    ] as const) {
      usePair(folder, cert, key);
      await gateway.waitFor(new RegExp(reason));
      expect(await ask(old)).toBe(200);
    }

    let failed = 0;
    let isDone = false;
    const client = (async () => {
      while (!isDone)
        await ask(`${old}\n${next}`).then(
          (status) => status === 200 || failed++,
          () => failed++,
        );
    })();
    usePair(folder, "next-cert.pem", "next-key.pem");
    await gateway.waitFor(/listening[\s\S]*listening/);
    const isServed = () =>
      fetch(`${url}livez`, { tls: { ca: next ?? "" }, keepalive: false }).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isServed())) await Bun.sleep(20);
    isDone = true;
    await client;
    expect(failed).toBe(0);
  }, 15_000);
});
