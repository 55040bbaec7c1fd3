import { type KeyObject, verify } from "node:crypto";
import * as v from "valibot";
import { type FleetSize, isEndpointOf } from "../fleet.ts";
import { createServerKeyFinder } from "../keys.ts";
import type { ConnectRequest } from "./requests.ts";
import type { HttpAnswer } from "./response-parser.ts";

const connectAnswer = v.strictObject({
  jsonrpc: v.literal("2.0"),
  id: v.number(),
  result: v.strictObject({ address: v.string(), token: v.string() }),
});
const roomClaims = v.object({ uid: v.string(), rid: v.string(), adr: v.string(), aud: v.literal("sfu") });

/** One in so many signatures is verified. */
const VERIFIED_OF = 20;

/** Checks answers to Connects; throws an Error at the first one that is wrong. */
export type AnswerCheck = (requests: readonly ConnectRequest[], answers: readonly HttpAnswer[]) => void;

/** Creates a check for answers of a gateway with that fleet. */
export function createAnswerCheck(
  fleet: FleetSize,
  findKey: (endpoint: string) => KeyObject = createServerKeyFinder(),
): AnswerCheck {
  return (requests, answers) => {
    for (const [index, request] of requests.entries()) {
      const answer = answers[index];
      const fault = answer ? findFault(request, answer, index % VERIFIED_OF === 0) : "there was none";
      if (fault !== undefined)
        throw new Error(`the answer to request ${request.id} is wrong: ${fault}: ${JSON.stringify(answer)}`);
    }
  };

  function findFault(request: ConnectRequest, { status, body }: HttpAnswer, isVerified: boolean): string | undefined {
    if (status !== 200) return `its status is ${status}`;
    const parsed = v.safeParse(connectAnswer, parseJson(body));
    if (!parsed.success) return "it has no result";
    const { id, result } = parsed.output;
    if (id !== request.id) return `its id is ${id}`;
    if (!isEndpointOf(fleet, result.address)) return "its address is none of the fleet's";
    const [header = "", payload = "", signature = ""] = result.token.split(".");
    const claims = v.safeParse(roomClaims, parseJson(Buffer.from(payload, "base64url").toString()));
    if (!claims.success) return "its token has not the claims that it should";
    const { uid, rid, adr } = claims.output;
    if (uid !== request.user || rid !== request.room || adr !== result.address)
      return "its token is for another request";
    if (!isVerified) return undefined;
    const signed = Buffer.from(`${header}.${payload}`);
    return verify(null, signed, findKey(adr), Buffer.from(signature, "base64url"))
      ? undefined
      : "its token was not signed with the server's key";
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
