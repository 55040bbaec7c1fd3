import type { Methods } from "./methods.ts";

/** The gateway has answered with an error, or not at all; the message is what it said. */
export class CallError extends Error {
  override readonly name = "CallError";
  /** Code of the JSON-RPC error; undefined if there was no such answer. */
  readonly code: number | undefined;

  constructor(message: string, code?: number) {
    super(message);
    this.code = code;
  }
}

/** Calls a method of `/internal`; throws `CallError`. */
export type Call = <M extends keyof Methods>(
  method: M,
  params: Methods[M]["params"],
  signal?: AbortSignal,
) => Promise<Methods[M]["result"]>;

/** Creates the function that calls methods at the URL. */
export function createCall(url: string, fetch: (url: string, init: RequestInit) => Promise<Response>): Call {
  return async (method, params, signal) => {
    const init: RequestInit = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      ...(signal && { signal }),
    };
    const response = await fetch(url, init).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new CallError("the gateway cannot be reached");
    });
    return parseAnswer(await readJson(response));
  };
}

/** What went wrong, in words that can be shown. */
export function toMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new CallError(`the gateway answered with HTTP status ${response.status}`);
  }
}

/** The result in an answer; the method's name says what it is, as this page comes from the gateway that it calls. */
function parseAnswer<T>(answer: unknown): T {
  const { result, error } = (answer ?? {}) as { result?: T; error?: { message?: string; code?: number } };
  if (error) throw new CallError(error.message ?? "the gateway gave no reason", error.code);
  if (result === undefined) throw new CallError("the gateway's answer is not one of JSON-RPC");
  return result;
}
