import * as v from "valibot";

const text = v.pipe(
  v.string("must be a string"),
  v.nonEmpty("must not be empty"),
  v.maxBytes(255, "must be at most 255 bytes"),
);

/** A limit that has to be given: an integer, or Infinity for none. */
export const limit = v.pipe(
  v.number("must be an integer, or Infinity for no limit"),
  v.minValue(0, "must not be negative"),
  v.check(
    (value) => value === Number.POSITIVE_INFINITY || Number.isInteger(value),
    "must be an integer, or Infinity for no limit",
  ),
);

/** A limit for which JSON has no Infinity: null or nothing means none. */
const optionalLimit = v.nullish(limit, Number.POSITIVE_INFINITY);

/** A number as key id is its digits, as it is in a token. */
const numericKid = v.pipe(
  v.number(),
  v.safeInteger("must be a text, or an integer within ±(2^53 − 1)"),
  v.transform(String),
);

const publicKey = v.object(
  {
    kid: v.lazy((input) => (typeof input === "number" ? numericKid : text)),
    kty: v.literal("OKP", 'must be "OKP"'),
    crv: v.literal("Ed25519", 'must be "Ed25519"'),
    x: v.pipe(v.string("must be the public key in base64url"), v.nonEmpty("must not be empty")),
  },
  "must be a public key as a JWK",
);

const accessKey = v.object(
  {
    namespace: v.pipe(
      v.nullish(text),
      v.transform((namespace) => namespace ?? undefined),
    ),
    publicKey,
  },
  "must be {namespace?, publicKey}",
);

/** Tags that a server has to carry, or carries. */
export const tags = v.array(text, "must be a list of tags");

const identity = {
  id: text,
  maxPeers: optionalLimit,
  maxRooms: optionalLimit,
  tags: v.pipe(
    v.nullish(tags, []),
    v.transform((list) => [...new Set(list)]),
  ),
};

/** The customers of a config or a customers file; keys that we do not know are other programs' business. */
export const customers = v.array(
  v.object({ ...identity, accessKeys: v.array(accessKey, "must be a list of access keys") }, "must be a customer"),
  "must be a list of customers",
);

/** One customer as an operator's function fetched it: its keys are judged one by one. */
export const fetchedCustomers = v.array(
  v.object({ ...identity, accessKeys: v.array(v.unknown(), "must be a list of access keys") }, "must be a customer"),
  "must be a list of customers",
);

/** One access key. */
export const fetchedAccessKey = accessKey;

/** A customer, defaults filled in. */
export type CustomerConfig = v.InferOutput<typeof customers>[number];
