import * as v from "valibot";
import type { Awaitable } from "../awaitable.ts";
import { type ErrorName, type ParamIssue, RpcError } from "../errors.ts";

/** A method of an API: its name on the wire, and how it answers raw parameters, if anybody hears the answer. Throws RpcErrors. */
export interface Method<C> {
  readonly name: string;
  /** Schema of the parameters, an object. */
  readonly params: ParamsSchema;
  readonly call: (params: unknown, context: C, isAnswered: boolean) => Awaitable<unknown>;
}

/** The methods of one API, and who may call which. */
export interface Api<C> {
  readonly methods: ReadonlyMap<string, Method<C>>;
  /** Throws `forbidden` unless the caller may call the method. */
  readonly authorize: (method: string, context: C) => void;
}

/** What parameters are checked with. */
export type ParamsSchema = v.GenericSchema<unknown, unknown>;

/** Creates a method out of the schema of its parameters and the function that answers them. */
export function createMethod<C, S extends ParamsSchema>(
  name: string,
  params: S,
  answer: (params: v.InferOutput<S>, context: C, isAnswered: boolean) => Awaitable<unknown>,
): Method<C> {
  const parse = v.safeParser(params);
  return {
    name,
    params,
    call(input, context, isAnswered) {
      // Clients that have nothing to say may say so with an empty list; parameters by position have no names to go by.
      if (Array.isArray(input) && input.length > 0) throw toParamsError([BY_POSITION]);
      const parsed = parse(input);
      if (!parsed.success) throw toParamsError(toParamIssues(parsed.issues));
      return answer(parsed.output, context, isAnswered);
    },
  };
}

/** Creates the table of an API's methods. */
export function createApi<C>(methods: readonly Method<C>[], authorize: Api<C>["authorize"]): Api<C> {
  return { methods: new Map(methods.map((method) => [method.name, method])), authorize };
}

/** How a call ended, for counters: `rejected` for what the caller can do something about, `failure` for what is our fault. */
export type CallOutcome = "success" | "rejected" | "failure";

/** A call that has ended, for logs and counters. */
export interface EndedCall {
  readonly method: string;
  readonly outcome: CallOutcome;
  /** From the call's turn to its answer, authentication not included. */
  readonly durationMs: number;
  readonly error?: ErrorName;
  readonly cause?: unknown;
}

const MAX_ISSUES = 20;
const BY_POSITION: ParamIssue = { path: "params", message: "must be an object, not a list" };

function toParamIssues(issues: readonly v.BaseIssue<unknown>[]): ParamIssue[] {
  return issues
    .slice(0, MAX_ISSUES)
    .map((issue) => ({ path: v.getDotPath(issue) ?? "params", message: issue.message }));
}

/** The `invalidParams` error that says what is wrong with the parameters. */
export function toParamsError(named: readonly ParamIssue[]): RpcError {
  const message = `invalid params: ${named.map(({ path, message }) => `${path}: ${message}`).join("; ")}`;
  return new RpcError("invalidParams", { message, data: { issues: named } });
}
