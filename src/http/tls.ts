import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { ConfigError } from "../errors.ts";
import type { TlsPair } from "./server.ts";

/**
 * Throws a ConfigError that says what is wrong unless certificate and key are readable, belong together, and are valid at
 * `wallMs` (epoch milliseconds). `section` is the part of the config that names them.
 */
export function checkTlsPair({ cert, key }: TlsPair, source: string, wallMs: number, section = "https"): void {
  const [certPath, keyPath] = [`${section}.certFile`, `${section}.keyFile`];
  const certificate = parse(() => new X509Certificate(cert), source, certPath, "is no certificate in PEM");
  const privateKey = parse(
    () => createPrivateKey(key),
    source,
    keyPath,
    "is no private key in PEM, or has a passphrase",
  );
  parse(() => createSecureContext({ cert }), source, certPath, "has a broken certificate in its chain");
  if (certificate.validToDate.getTime() <= wallMs) {
    throw new ConfigError(source, [{ path: certPath, message: `expired on ${certificate.validTo}` }]);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigError(source, [{ path: keyPath, message: `is not the key of the certificate in ${certPath}` }]);
  }
}

function parse<T>(read: () => T, source: string, path: string, message: string): T {
  try {
    return read();
  } catch {
    throw new ConfigError(source, [{ path, message }]);
  }
}
