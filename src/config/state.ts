import { X509Certificate } from "node:crypto";
import { ConfigError, type ConfigIssue } from "../errors.ts";
import type { ParsedConfig } from "./schema.ts";
import type { ReferenceReader } from "./secrets.ts";

/** The Redis that several gateways share their fleet through, and how. */
export interface SharedState {
  /** Its URL. Never in a log, as it may hold a password. */
  readonly redis: string;
  /** The CA certificates to trust, PEM; the system's if absent. */
  readonly ca: string | undefined;
  readonly keyPrefix: string;
  readonly onOutage: "degrade" | "refuse";
}

const FORM = "redis://[user[:password]@]host[:port][/database]";
const SCHEMES = ["redis:", "rediss:", "redis+unix:"];
const UNIX_URL = /^redis\+unix:\/\/\/[^/]/i;
const MAX_URL_LENGTH = 2_048;
const DATABASE = /^\/?$|^\/(0|[1-9]\d{0,8})$/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Reads what a config says of the shared state; what is wrong with it goes to the reader's issues. */
export function readSharedState(
  { state, masterKey }: ParsedConfig,
  read: ReferenceReader,
  source: string,
): SharedState | undefined {
  if (state?.redis === undefined) return undefined;
  const redis = read.secret("state.redis", state.redis);
  const ca = state.ca === undefined ? undefined : read.file("state.ca", state.ca);
  read.parsed(() => {
    const issues = [
      ...(redis === "" ? [] : toIssues("state.redis", findUrlFault(redis))),
      ...toIssues("state.ca", ca === undefined ? undefined : findCaFault(ca, redis)),
      ...toIssues(
        "masterKey",
        masterKey === undefined
          ? "must be given with state.redis: each gateway would generate another one, and servers would know only one of them"
          : undefined,
      ),
    ];
    if (issues.length > 0) throw new ConfigError(source, issues);
  });
  return { redis, ca, keyPrefix: state.keyPrefix, onOutage: state.onOutage };
}

function toIssues(path: string, message: string | undefined): ConfigIssue[] {
  return message === undefined ? [] : [{ path, message }];
}

/** What is wrong with the URL of a Redis, without any part of it. */
function findUrlFault(text: string): string | undefined {
  // The driver reads the text itself, and stumbles over what `URL` overlooks.
  if (/^ | $|\p{Cc}/u.test(text)) return "must be without control characters, and spaces around it";
  if (text.length > MAX_URL_LENGTH) return `must be at most ${MAX_URL_LENGTH} characters`;
  const [scheme = ""] = /^[a-z][a-z0-9+.-]*:/i.exec(text) ?? [];
  if (!SCHEMES.includes(scheme.toLowerCase())) return "must begin with redis://, rediss:// or redis+unix://";
  const url = URL.parse(text);
  if (!url) return `must be a URL of the form ${FORM}, where special characters of a password stand as %XX`;
  if (url.search !== "" || url.hash !== "") return "must be without ? and #: in a password they stand as %3F and %23";
  if (!isEncoded(url.username) || !isEncoded(url.password))
    return "must have %25 in the place of a % in the name or the password";
  if (url.protocol === "redis+unix:") {
    return url.host === "" && UNIX_URL.test(text) ? undefined : "must be redis+unix:///path/of/the/socket";
  }
  if (url.hostname === "") return `must name a host: ${FORM}`;
  if (url.port === "0") return "must have a port from 1 to 65535";
  return DATABASE.test(url.pathname) ? undefined : "must end with the number of a database from 0 on, or without one";
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function findCaFault(pem: string, redis: string): string | undefined {
  if (!/^rediss:/i.test(redis)) return "is for rediss:// only, as nothing else is encrypted";
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) return "has no certificate in PEM";
  const broken = certificates.findIndex((certificate) => !isCertificate(certificate));
  return broken < 0 ? undefined : `has a certificate that cannot be read: number ${broken + 1}`;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
