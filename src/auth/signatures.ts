import { type KeyObject, sign, verify } from "node:crypto";
import type { Awaitable } from "../awaitable.ts";

/** Makes and checks Ed25519 signatures (RFC 8032), at once or on another thread. */
export interface Signatures {
  readonly verify: (data: Uint8Array, key: KeyObject, signature: Uint8Array) => Awaitable<boolean>;
  readonly sign: (data: Uint8Array, key: KeyObject) => Awaitable<Buffer>;
}

/** Does everything at once: the quickest for one at a time. */
export const SIGNATURES_AT_ONCE: Signatures = {
  verify: (data, key, signature) => verify(null, data, key, signature),
  sign: (data, key) => sign(null, data, key),
};

/**
 * Creates signatures that are worked out at once as long as little is to be done, and on the platform's threads as soon as
 * there is more: when some are under way there, or this turn of the event loop has checked one already. `onNextTurn` calls
 * back when the event loop has turned, as `setImmediate` does.
 */
export function createAdaptiveSignatures(onNextTurn: (callback: () => void) => void): Signatures {
  let underWay = 0;
  let hasChecked = false;

  /** What to call when one that is under way has ended. */
  function endWith<T>(resolve: (result: T) => void, reject: (error: Error) => void) {
    return (error: Error | null, result: T): void => {
      underWay--;
      if (error) reject(error);
      else resolve(result);
    };
  }

  return {
    verify(data, key, signature) {
      if (underWay > 0 || hasChecked) {
        return new Promise((resolve, reject) => {
          verify(null, data, key, signature, endWith(resolve, reject));
          underWay++;
        });
      }
      hasChecked = true;
      onNextTurn(() => {
        hasChecked = false;
      });
      return verify(null, data, key, signature);
    },
    // A third of the work, and mostly for the one whose token was checked a moment ago: this goes where that went.
    sign(data, key) {
      if (underWay > 0) {
        return new Promise<Buffer>((resolve, reject) => {
          sign(null, data, key, endWith(resolve, reject));
          underWay++;
        });
      }
      return sign(null, data, key);
    },
  };
}
