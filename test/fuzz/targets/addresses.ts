import { parseAccessKey } from "../../../src/auth/access-key.ts";
import { createInternalAuthenticator } from "../../../src/auth/authenticate-internal.ts";
import { parseRoute, toHash } from "../../../src/dashboard/page/model/route.ts";
import { CUSTOMER, isRefusal } from "../fixture.ts";
import { attempt, checkNoLeak, Fault, type FuzzTarget } from "../target.ts";

/** What stands after the # of the dashboard's address: written again, it says the same. */
export const dashboardRoute: FuzzTarget = {
  name: "dashboard's address",
  shape: "text",
  seeds: [
    "#/fleet?filter=silent&sort=load",
    "#/server/eu/sfu1.example:4433?x=%20",
    "#/rooms?namespace=acme&after=5",
    "#/why?room=%7Bm%7Da",
  ],
  create: () => (input) => {
    const route = parseRoute(input.toString());
    const again = parseRoute(toHash(route.view, route.query, route.id));
    const filled = Object.entries(route.query).filter(([, value]) => value !== "");
    // The id is only there for servers; without one, the address is the fleet's.
    const isNamed = route.view !== "server" || route.id !== "";
    if (isNamed && !Bun.deepEquals(again, { ...route, query: Object.fromEntries(filled) }))
      throw new Fault("mismatch", `${JSON.stringify(route)} became ${JSON.stringify(again)}`);
    return route.view === "fleet" ? "refused" : "accepted";
  },
};

const PASSWORD = "correct-horse-battery";
const HEADERS = ["op", "sfu"].map((name) => `Basic ${btoa(`${name}:${PASSWORD}`)}`);

/** Credentials of servers and operators: only the right ones are good, however they are written. */
export const basic: FuzzTarget = {
  name: "Basic credentials",
  shape: "text",
  seeds: HEADERS,
  create() {
    const users = new Map(["op", "sfu"].map((name) => [name, { password: PASSWORD, role: "server" as const }]));
    const authenticate = createInternalAuthenticator({ users, allow: [], trustLoopback: false });
    return (input) => {
      const authorization = input.toString("latin1");
      const caller = { authorization, peerAddress: "127.0.0.1", forwarded: false, host: "localhost" };
      const who = attempt(() => authenticate(caller), isRefusal);
      if ("refusal" in who) {
        checkNoLeak(
          who.refusal.message,
          authorization,
          'the Authorization header is not "Basic <name:password in base64>"',
        );
        return "refused";
      }
      const [, encoded = ""] = authorization.trim().split(/ +/);
      if (Buffer.from(encoded, "base64").toString() !== `${who.value.name}:${PASSWORD}`)
        throw new Fault("wrongly accepted", authorization);
      return "accepted";
    };
  },
};

const isPlainError = (error: unknown): error is Error => error instanceof Error && error.constructor === Error;

/** Access keys: a changed one is refused, and never quoted. */
export const accessKey: FuzzTarget = {
  name: "access key",
  shape: "text",
  seeds: [CUSTOMER.accessKey],
  create: () => (input) => {
    const text = input.toString();
    const key = attempt(() => parseAccessKey(text), isPlainError);
    if ("value" in key) return "accepted";
    checkNoLeak(key.refusal.message, text, key.refusal.message.replaceAll(CUSTOMER.accessKey, ""));
    return "refused";
  },
};
