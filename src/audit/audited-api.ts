import { toRpcError } from "../errors.ts";
import type { Api, Method } from "../rpc/method.ts";
import type { AuditFact, AuditLog } from "./audit-log.ts";

/**
 * The methods that are put on record, and which of their parameters: never messages, data or anything secret. What only
 * reads is not here.
 */
const RECORDED: ReadonlyMap<string, readonly string[]> = new Map([
  ["RoomClose", ["namespace", "room_id", "ban_time"]],
  ["RoomUpdate", ["room_id"]],
  ["RoomBanClient", ["namespace", "room_id", "user_id", "ban_time"]],
  ["RoomSendMessage", ["namespace", "room_id", "user_id"]],
  ["BanRemove", ["namespace", "room_id", "user_id"]],
  ["ServerDrain", ["endpoint", "pool", "deadline"]],
  ["ServerUndrain", ["endpoint", "pool"]],
  ["ServerRemove", ["endpoint", "pool"]],
  ["Reload", []],
]);

/** What is known of whoever calls: a token's customer and user, or a user of `/internal`; and with which request. */
interface Caller {
  readonly principal: { readonly customer: string; readonly user: string } | { readonly name: string };
  readonly requestId: string;
}

/** The longest text that is recorded whole; one that is longer is no name. */
const MAX_TEXT = 255;

/**
 * An API whose calls that change something are put on record when they have ended. Those that `authorize` refuses are only
 * where `refusals` says so: players could flood the record with calls that their tokens do not cover. Those that were too
 * many are left out for the same reason.
 */
export function createAuditedApi<C extends Caller>(
  api: Api<C>,
  audit: AuditLog,
  refusals: "recorded" | "left out",
): Api<C> {
  function note(method: string, context: C, params: unknown, result: string): void {
    const names = RECORDED.get(method) ?? [];
    audit.note({
      ...toNames(context),
      method,
      params: pickParams(params, names),
      result,
      requestId: context.requestId,
    });
  }

  function record(method: Method<C>): Method<C> {
    if (!RECORDED.has(method.name)) return method;
    return {
      ...method,
      async call(params, context, isAnswered) {
        try {
          const result = await method.call(params, context, isAnswered);
          note(method.name, context, params, toOutcome(result));
          return result;
        } catch (thrown) {
          const { error } = toRpcError(thrown);
          if (error !== "tooManyRequests") note(method.name, context, params, error);
          throw thrown;
        }
      },
    };
  }

  return {
    methods: new Map([...api.methods].map(([name, method]) => [name, record(method)])),
    authorize(method, context) {
      try {
        api.authorize(method, context);
      } catch (thrown) {
        if (refusals === "recorded" && RECORDED.has(method)) note(method, context, {}, toRpcError(thrown).error);
        throw thrown;
      }
    },
  };
}

/** Some calls are answered and have failed all the same: then the answer says so. */
function toOutcome(result: unknown): string {
  const { outcome } = typeof result === "object" && result !== null && "outcome" in result ? result : {};
  return typeof outcome === "string" ? outcome : "ok";
}

function toNames({ principal }: Caller): Pick<AuditFact, "customer" | "user"> {
  if ("name" in principal) return { user: principal.name };
  return { customer: principal.customer, user: principal.user };
}

function pickParams(params: unknown, names: readonly string[]): Record<string, unknown> {
  if (typeof params !== "object" || params === null) return {};
  const picked = names.map((name) => [name, toShort(Reflect.get(params, name))] as const);
  return Object.fromEntries(picked.filter(([, value]) => value !== undefined));
}

/** Parameters are recorded as they came, checked or not. */
function toShort(value: unknown): string | number | undefined {
  if (typeof value === "string") return value.slice(0, MAX_TEXT);
  return typeof value === "number" ? value : undefined;
}
