import { ConfigError, type ConfigIssue } from "../errors.ts";
import { findPublicKeyFault } from "./ed25519.ts";
import { createVerifyKey, type VerifyKey } from "./jwt.ts";
import type { Limits } from "./principal.ts";

/** Customer ids that begin so belong to customers whom nobody configured. */
export const DEMO_CUSTOMER_PREFIX = "demo_";

/** A customer as configured. */
export interface Customer extends Limits {
  readonly id: string;
  /** Tags that a server has to carry, all of them, to host this customer's rooms. */
  readonly tags?: readonly string[] | undefined;
  readonly accessKeys: readonly AccessKeyEntry[];
}

/** Public half of one of a customer's access keys. */
export interface AccessKeyEntry {
  /** Namespace of the rooms opened with this key; the customer's id if absent. */
  readonly namespace?: string | undefined;
  readonly publicKey: { readonly kid: string; readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string };
}

/** What a customer may use of the fleet. */
export interface CustomerTerms {
  readonly limits: Limits;
  /** Tags that a server has to carry, all of them, to host this customer's rooms. */
  readonly tags: readonly string[];
}

/** What a `kid` stands for. */
export interface CustomerKey extends CustomerTerms {
  readonly customer: string;
  readonly namespace: string;
  readonly verifyKey: VerifyKey;
}

/** All customers' keys, ready to look up. */
export interface KeyRing {
  readonly customers: number;
  /** The key that goes by this id, if any customer has it. */
  readonly findKey: (kid: string) => CustomerKey | undefined;
  /** Tags of the customer; none if there is no such customer. */
  readonly findTags: (customer: string) => readonly string[];
  /** Limits of all customers, by id. */
  readonly limits: ReadonlyMap<string, Limits>;
  /** The customer who has the namespace, if anybody does. */
  readonly findOwner: (namespace: string) => string | undefined;
  /** Terms of the customer, if they are known and have that namespace. */
  readonly findTerms: (customer: string, namespace: string) => CustomerTerms | undefined;
}

/** How many customers' faults one ConfigError lists. */
const MAX_ISSUES = 50;

/**
 * Builds the key ring. Two customers with one id, kid or namespace, a reserved id and a key that is no safe point on the
 * curve are faults: a ConfigError lists them all. With `brokenKeys: "skip"` a key at fault is left out and reported in
 * `warnings`, unless it leaves its customer without any.
 */
export function createKeyRing(
  customers: readonly Customer[],
  options: { source: string; path: string; brokenKeys: "refuse" | "skip" },
): { keyRing: KeyRing; warnings: string[] } {
  const keys = new Map<string, CustomerKey>();
  const namespaces = new Map<string, { customer: string; terms: CustomerTerms }>();
  const ids = new Map<string, CustomerTerms>();
  const issues: ConfigIssue[] = [];
  const warnings: string[] = [];

  for (const [c, { id, maxPeers, maxRooms, tags = [], accessKeys }] of customers.entries()) {
    const path = `${options.path}[${c}]`;
    const terms = { limits: { maxPeers, maxRooms }, tags };
    if (id.startsWith(DEMO_CUSTOMER_PREFIX)) {
      issues.push({
        path: `${path}.id`,
        message: `ids that begin with "${DEMO_CUSTOMER_PREFIX}" are reserved, found "${id}"`,
      });
    }
    if (ids.has(id)) issues.push({ path: `${path}.id`, message: `"${id}" is the id of an earlier customer` });
    ids.set(id, terms);
    let usable = 0;
    for (const [k, { namespace = id, publicKey }] of accessKeys.entries()) {
      const keyPath = `${path}.accessKeys[${k}]`;
      if (namespace.startsWith(DEMO_CUSTOMER_PREFIX) && namespace !== id) {
        issues.push({
          path: `${keyPath}.namespace`,
          message: `namespaces that begin with "${DEMO_CUSTOMER_PREFIX}" are reserved`,
        });
      }
      const owner = namespaces.get(namespace)?.customer ?? id;
      if (owner !== id) {
        issues.push({
          path: `${keyPath}.namespace`,
          message: `"${namespace}" is already a namespace of customer "${owner}"`,
        });
      }
      const holder = keys.get(publicKey.kid);
      if (holder) {
        issues.push({
          path: `${keyPath}.publicKey.kid`,
          message: `"${publicKey.kid}" is already a key of customer "${holder.customer}"`,
        });
      }
      const fault = findPublicKeyFault(publicKey.x);
      if (fault !== undefined) {
        const message = `${fault} (key ${JSON.stringify(publicKey.kid)} of customer ${JSON.stringify(id)})`;
        if (options.brokenKeys === "refuse") issues.push({ path: `${keyPath}.publicKey.x`, message });
        warnings.push(`${keyPath}.publicKey.x: ${message}`);
        continue;
      }
      usable++;
      namespaces.set(namespace, { customer: id, terms });
      keys.set(publicKey.kid, { customer: id, namespace, ...terms, verifyKey: createVerifyKey(publicKey) });
    }
    if (usable === 0 && options.brokenKeys === "skip")
      issues.push({ path: `${path}.accessKeys`, message: `customer "${id}" is left without a key` });
  }

  if (issues.length > 0) throw new ConfigError(options.source, issues.slice(0, MAX_ISSUES));
  const findTerms: KeyRing["findTerms"] = (customer, namespace) => {
    const owner = namespaces.get(namespace);
    return owner?.customer === customer ? owner.terms : undefined;
  };
  return {
    keyRing: {
      customers: ids.size,
      findKey: (kid) => keys.get(kid),
      findTags: (id) => ids.get(id)?.tags ?? [],
      limits: new Map([...ids].map(([id, { limits }]) => [id, limits])),
      findOwner: (namespace) => namespaces.get(namespace)?.customer,
      findTerms,
    },
    warnings,
  };
}

/** The customer who has the namespace; where unknown customers are admitted, that of one is their id. */
export function findNamespaceOwner(
  namespace: string,
  keyRing: KeyRing | undefined,
  admitsUnknown: boolean,
): string | undefined {
  const isOfUnknown = admitsUnknown && namespace.startsWith(DEMO_CUSTOMER_PREFIX);
  return keyRing?.findOwner(namespace) ?? (isOfUnknown ? namespace : undefined);
}
