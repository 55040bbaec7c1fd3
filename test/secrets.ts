import { expect } from "bun:test";

/** What tests use as passwords and keys, and what every token looks like; none of it may be in a log. */
const SECRETS = [
  /eyJ[\w-]{8,}\.[\w-]+/,
  /sfu-password/,
  /op-password/,
  /hunter2/,
  /BwcHBwcHBwcHBwcHBwcH/,
  /"d":"[\w-]{43}"/,
  /\bA[A-Za-z0-9+/]{43}(?![A-Za-z0-9+/=])/,
];

/** Fails if a log holds a token, a key or a password. */
export function expectNoSecrets(log: string): void {
  for (const secret of SECRETS) expect(log).not.toMatch(secret);
}
