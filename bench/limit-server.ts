/**
 * The limit: what a Connect costs at the least on this machine and runtime. A bare `Bun.serve` that reads the body as JSON,
 * verifies the token, signs one with the same keys and answers with the same bytes; no fleet, no state, no log.
 * Each path is another way to call the same cryptography; the benchmark takes the best for every load.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { deriveServerKey } from "../src/auth/server-key.ts";
import { toEndpoint } from "./fleet.ts";
import { CUSTOMER, CUSTOMER_JWK, MASTER_KEY } from "./keys.ts";

const TOKEN_LIFETIME_SEC = 300;
/** A synchronous operation that ended less than so long ago means that others wait. */
const BUSY_MS = 0.03;
const BEARER_LENGTH = "Bearer ".length;

const endpoint = toEndpoint(0);
const serverJwk = deriveServerKey(MASTER_KEY, endpoint);
const { kty, crv, x } = CUSTOMER_JWK;
const customerKey = createPublicKey({ key: { kty, crv, x }, format: "jwk" });
const serverKey = createPrivateKey({ key: { ...serverJwk }, format: "jwk" });
const header = Buffer.from(JSON.stringify({ alg: "EdDSA", kid: serverJwk.kid })).toString("base64url");
const HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
  "X-Request-Id": "0123456789abcdef",
  "Content-Type": "application/json;charset=utf-8",
};

interface Crypto {
  readonly verify: (data: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean | Promise<boolean>;
  readonly sign: (data: Uint8Array, key: KeyObject) => Uint8Array | Promise<Uint8Array>;
}

const sync: Crypto = {
  verify: (data, key, signature) => verify(null, data, key, signature),
  sign: (data, key) => sign(null, data, key),
};

const pool: Crypto = {
  verify: (data, key, signature) =>
    new Promise((resolve, reject) => {
      verify(null, data, key, signature, (error, isGood) => (error ? reject(error) : resolve(isGood)));
    }),
  sign: (data, key) =>
    new Promise((resolve, reject) => {
      sign(null, data, key, (error, signature) => (error ? reject(error) : resolve(signature)));
    }),
};

/** Synchronous while idle, on the pool while others wait. */
function createHybrid(): Crypto {
  let outstanding = 0;
  let syncEndedAt = 0;
  const isBusy = () => outstanding > 0 || performance.now() - syncEndedAt < BUSY_MS;
  function choose<T>(now: () => T | Promise<T>, later: () => T | Promise<T>): T | Promise<T> {
    if (!isBusy()) {
      const result = now();
      syncEndedAt = performance.now();
      return result;
    }
    outstanding++;
    return Promise.resolve(later()).finally(() => outstanding--);
  }
  return {
    verify: (data, key, signature) =>
      choose(
        () => sync.verify(data, key, signature),
        () => pool.verify(data, key, signature),
      ),
    sign: (data, key) =>
      choose(
        () => sync.sign(data, key),
        () => pool.sign(data, key),
      ),
  };
}

function createHandler(crypto: Crypto): (request: Request) => Promise<Response> {
  return async (request) => {
    const { id } = (await request.json()) as { id: number };
    const token = (request.headers.get("authorization") ?? "").slice(BEARER_LENGTH);
    const end = token.lastIndexOf(".");
    const signed = token.slice(0, end);
    const isGood = await crypto.verify(
      Buffer.from(signed, "latin1"),
      customerKey,
      Buffer.from(token.slice(end + 1), "base64url"),
    );
    if (!isGood) return new Response(null, { status: 401 });
    const payload = Buffer.from(signed.slice(signed.indexOf(".") + 1), "base64url").toString();
    const { uid, rid } = JSON.parse(payload) as { uid: string; rid: string };
    const nbf = Math.floor(Date.now() / 1_000);
    const exp = nbf + TOKEN_LIFETIME_SEC;
    const claims = { uid, cid: CUSTOMER, rid, nsp: CUSTOMER, adr: endpoint, sub: "connect", aud: "sfu", exp, nbf };
    const toSign = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    const signature = await crypto.sign(Buffer.from(toSign, "latin1"), serverKey);
    const issued = `${toSign}.${Buffer.from(signature.buffer, signature.byteOffset, signature.length).toString("base64url")}`;
    const body = `{"jsonrpc":"2.0","id":${id},"result":{"address":"${endpoint}","token":"${issued}"}}`;
    return new Response(body, { headers: HEADERS });
  };
}

const [certFile, keyFile] = process.argv.slice(2);
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  ...(certFile && keyFile && { tls: { cert: Bun.file(certFile), key: Bun.file(keyFile) } }),
  routes: {
    "/sync": { POST: createHandler(sync) },
    "/pool": { POST: createHandler(pool) },
    "/hybrid": { POST: createHandler(createHybrid()) },
  },
  fetch: () => new Response(null, { status: 404 }),
});
process.on("SIGTERM", () => process.exit());
process.stdout.write(`${server.port}\n`);
