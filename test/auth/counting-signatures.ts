import { SIGNATURES_AT_ONCE, type Signatures } from "../../src/auth/signatures.ts";

/** Signatures, and how many of them were checked. */
export function createCountingSignatures(): { readonly signatures: Signatures; readonly checks: () => number } {
  let checks = 0;
  const signatures: Signatures = {
    ...SIGNATURES_AT_ONCE,
    verify(data, key, signature) {
      checks++;
      return SIGNATURES_AT_ONCE.verify(data, key, signature);
    },
  };
  return { signatures, checks: () => checks };
}
