import { parseCustomersFile, parseFetchedCustomers } from "../../../src/config/customers.ts";
import { type ResolvedConfig, resolveConfig } from "../../../src/config/load.ts";
import { toShownUrl } from "../../../src/config/webhooks.ts";
import { createFetchedKeyRing, createPlan, findWarnings } from "../../../src/plan.ts";
import { CUSTOMER, isConfigError, tryJson } from "../fixture.ts";
import { attempt, checkNoLeak, Fault, type FuzzTarget } from "../target.ts";

const MASTER_KEY = Buffer.alloc(32, 9).toString("base64");
/** What the messages about secrets say by themselves. */
const OPEN =
  "webhooks masterKey state.redis internal.users password base64 something else found rediss:// redis+unix:///path/of/the/socket redis://[user[:password]@]host[:port][/database] https:// http(s) URL /fuzz/config.ts whsec_ undefined Infinity";

const CUSTOMERS = [
  { ...CUSTOMER.entry, maxPeers: null },
  { id: "beta", accessKeys: [], tags: ["eu"] },
];
const CONFIGS = [
  {
    customers: [CUSTOMER.entry],
    internal: { users: { sfu: "staple-donkey-engine", op: { password: "correct-horse-battery", role: "operator" } } },
    masterKey: MASTER_KEY,
    trustedProxies: ["10.0.0.0/8", "::1/128"],
  },
  {
    sfuPools: { available: ["eu", "us"], default: "eu" },
    sfuConfig: { updateInterval: 5, disableTimeout: 8, removeTimeout: 60 },
    gridConfig: { quic: { idle_timeout: 5_000 }, limit: null },
    placement: { policy: "headroom" },
    loginToken: { lifetime: 60 },
    webhooks: [
      { url: "https://ops1.example.com/secret-path", secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u", events: "*" },
    ],
  },
  {
    unknownCustomers: "forbidden",
    http: { hostname: "0.0.0.0", port: 7000 },
    metrics: { port: 9100 },
    workers: 1,
    logLevel: "INFO",
  },
].map((config) => JSON.stringify(config));

/** Resolves a config as `serve` does; nothing if it was refused in the way that is declared. */
function resolve(value: unknown): { value: ResolvedConfig } | { refusal: Error } {
  return attempt(() => {
    const config = resolveConfig(value, { source: "/fuzz/config.ts", flags: {}, env: {} });
    createPlan(config);
    findWarnings(config);
    return config;
  }, isConfigError);
}

/** Configs, as far as they are JSON. */
export const config: FuzzTarget = {
  name: "config",
  shape: "json",
  seeds: CONFIGS,
  create: () => (input) => {
    const value = tryJson(input.toString());
    const resolved = resolve(value);
    if ("value" in resolved) return "accepted";
    const text = input.toString();
    for (const secret of findSecrets(value)) {
      // What also stands where no secret is, may be shown.
      const others = text.replace(JSON.stringify(secret).slice(1, -1), "");
      checkNoLeak(resolved.refusal.message, secret, OPEN + others);
    }
    return "refused";
  },
};

/** The texts at places that are meant for secrets. */
function findSecrets(value: unknown): string[] {
  const { masterKey, internal, webhooks } = Object(value);
  const users: unknown[] = Object.values(Object(Object(internal).users));
  const hooks = Array.isArray(webhooks) ? webhooks : [];
  return [
    masterKey,
    ...users,
    ...users.map((user) => Object(user).password),
    ...hooks.flatMap((hook) => [Object(hook).url, Object(hook).secret]),
  ].filter((each): each is string => typeof each === "string");
}

/** Customers files: what is good in a file is good if it is fetched, too, and makes a key ring or says why not. */
export const customers: FuzzTarget = {
  name: "customers file",
  shape: "json",
  seeds: [CUSTOMERS, [CUSTOMER.entry]].map((list) => JSON.stringify(list)),
  create: () => (input) => {
    const text = input.toString();
    const read = attempt(() => parseCustomersFile(text, "/fuzz/customers.json", false), isConfigError);
    const value = tryJson(text.replace(/^\uFEFF/, ""));
    const fetched = attempt(() => parseFetchedCustomers(value, "/fuzz/config.ts", false), isConfigError);
    if ("value" in fetched) attempt(() => createFetchedKeyRing(fetched.value.customers), isConfigError);
    if ("refusal" in read) return "refused";
    const resolved = resolve({ customers: value, masterKey: MASTER_KEY });
    const hasKeys = read.value.every(({ accessKeys }) => accessKeys.length > 0);
    if (hasKeys && ("refusal" in fetched || fetched.value.warnings.length > 0))
      throw new Fault("mismatch", "good in a file, and bad when it is fetched");
    return "value" in resolved ? "accepted" : "refused";
  },
};

/** URLs of webhooks: what is shown of one has neither its path nor its query. */
export const webhookUrl: FuzzTarget = {
  name: "webhook's URL",
  shape: "text",
  seeds: [
    "https://ops.example.com/odin?key=abcdefghij",
    "http://[::1]:8080/hook/secret-part",
    "https://\u00fcber.example:444/%20",
  ],
  create: () => (input) => {
    const url = input.toString();
    const resolved = resolve({ masterKey: MASTER_KEY, webhooks: [{ url, secret: "s".repeat(24), events: "*" }] });
    if ("refusal" in resolved) {
      checkNoLeak(resolved.refusal.message, url, OPEN);
      return "refused";
    }
    const [webhook] = resolved.value.webhooks;
    const parsed = new URL(webhook?.url ?? "");
    if (!/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.password !== "" || parsed.hash !== "")
      throw new Fault("wrongly accepted", url);
    if (toShownUrl(parsed.href) !== `${parsed.origin}/…`) throw new Fault("leak", toShownUrl(parsed.href));
    return "accepted";
  },
};

/** URLs of a Redis: no message has any part of one. */
export const redisUrl: FuzzTarget = {
  name: "state.redis URL",
  shape: "text",
  seeds: [
    "redis://user:correct-horse-battery@redis.example:6379/3",
    "rediss://:pass%3Aword%25@[::1]:6380",
    "redis+unix:///run/redis/redis.sock",
  ],
  create: () => (input) => {
    const redis = input.toString();
    const resolved = resolve({ masterKey: MASTER_KEY, state: { redis } });
    if ("refusal" in resolved) {
      checkNoLeak(resolved.refusal.message, redis, OPEN);
      return "refused";
    }
    // Connects nowhere before it is asked something; what it cannot read, it throws at.
    new Bun.RedisClient(redis).close();
    return "accepted";
  },
};
