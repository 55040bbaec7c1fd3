import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { checkCustomerClaims, checkServerClaims } from "../auth/claims.ts";
import { createVerifyKey, parseToken, readPayload, type UnverifiedToken, verifyToken } from "../auth/jwt.ts";
import { isKeyIdOf } from "../auth/key-id.ts";
import { deriveServerKey } from "../auth/server-key.ts";
import { SIGNATURES_AT_ONCE } from "../auth/signatures.ts";
import { type ResolvedConfig, resolveMasterKeys } from "../config/load.ts";
import { toMasterKeyFile } from "../config/master-key.ts";
import { createModuleLoader } from "../config/module-loader.ts";
import { RpcError } from "../errors.ts";
import type { Command } from "./args.ts";
import { CONFIG_FLAG, loadFlaggedConfig, OVERRIDE_FLAGS } from "./config-flags.ts";
import { EXIT } from "./io.ts";
import { loadKeyRing } from "./load-key-ring.ts";
import { toCover, toTimeLines } from "./token-texts.ts";

/** `inspect`: shows what is in a token, and whether and by whose key it verifies. */
export const inspect: Command = {
  name: "inspect",
  summary: "decode a token, and say whether and by whose key it verifies",
  positionals: ["TOKEN"],
  flags: {
    ...CONFIG_FLAG,
    masterkey: OVERRIDE_FLAGS.masterkey,
    "insecure-sample-key": OVERRIDE_FLAGS["insecure-sample-key"],
  },
  examples: [
    "odin-gateway inspect eyJhbGciOi…",
    'odin-gateway inspect "$(odin-gateway token --room lobby --user alice)"',
  ],
  async run(flags, [text = ""], io) {
    const [header = "", claims = ""] = text.trim().split(".");
    if (claims !== "") io.out(`header  ${decode(header)}\nclaims  ${decode(claims)}\n`);
    for (const line of toTimeLines(parse(claims), Date.now())) io.out(`${line}\n`);
    using loader = createModuleLoader();
    const hasConfig = flags.text("config") !== undefined || existsSync(resolve(io.cwd, "gateway.config.ts"));
    if (!hasConfig) {
      io.out("not verified: there is no config here with keys to check it, --config PATH names one\n");
      return EXIT.no;
    }
    const verdict = await judge(text.trim(), await loadFlaggedConfig(flags, io, loader));
    io.out(`${verdict.text}\n`);
    return verdict.isGood ? EXIT.ok : EXIT.no;
  },
};

interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

async function judge(text: string, config: ResolvedConfig): Promise<Verdict> {
  try {
    const token = parseToken(text);
    return {
      isGood: true,
      text: isKeyIdOf("server", token.kid)
        ? await judgeServerToken(token, config)
        : await judgeCustomerToken(token, config),
    };
  } catch (error) {
    if (error instanceof RpcError) return { isGood: false, text: `not verified: ${error.message}` };
    throw error;
  }
}

async function judgeCustomerToken(token: UnverifiedToken, config: ResolvedConfig): Promise<string> {
  const { keyRing } = await loadKeyRing(config);
  const key = keyRing.findKey(token.kid);
  if (!key) throw new RpcError("unauthorized", { message: `no customer has the key ${token.kid}` });
  const { sub } = checkCustomerClaims(await verifyToken(token, key.verifyKey, SIGNATURES_AT_ONCE), Date.now());
  return `verified: signed with a key of customer "${key.customer}", namespace "${key.namespace}"; ${toCover(sub, "customer")}`;
}

/** A token that a gateway issued names the server it is for, and is signed with a key that the master key gives. */
async function judgeServerToken(token: UnverifiedToken, config: ResolvedConfig): Promise<string> {
  const { adr } = readPayload(token) as { adr?: unknown };
  if (typeof adr !== "string")
    throw new RpcError("unauthorized", { message: "it is signed by a server, but its claim adr does not say which" });
  if (config.masterKeys.length === 0 && !existsSync(toMasterKeyFile(config.stateDir))) {
    throw new RpcError("unauthorized", {
      message: "it is signed by a server, and there is no master key yet to derive servers' keys",
    });
  }
  const keys = resolveMasterKeys(config).map((masterKey) => deriveServerKey(masterKey, adr));
  const key = keys.find(({ kid }) => kid === token.kid);
  if (!key)
    throw new RpcError("unauthorized", {
      message: `the key ${token.kid} is not one of server ${adr} under the master keys in force`,
    });
  const payload = await verifyToken(token, createVerifyKey(key), SIGNATURES_AT_ONCE);
  const { sub } = checkServerClaims({ ...(payload as object), aud: "gateway" }, Date.now());
  return `verified: signed with the key of server ${adr}; ${toCover(sub, "server")}`;
}

/** A part of a token as a person reads it; what is no JSON as it stands. */
function decode(part: string): string {
  const json = parse(part);
  return json === undefined ? JSON.stringify(toText(part)) : JSON.stringify(json, null, 2);
}

/** The JSON in a part of a token, if it is any. */
function parse(part: string): unknown {
  try {
    return JSON.parse(toText(part));
  } catch {
    return undefined;
  }
}

function toText(part: string): string {
  return Buffer.from(part, "base64url").toString("utf8");
}
