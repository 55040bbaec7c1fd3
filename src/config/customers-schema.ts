import * as v from "valibot";

/** A text that goes into tokens and reports. */
const text = (meaning: string) =>
  v.pipe(
    v.string("must be a string"),
    v.nonEmpty("must not be empty"),
    v.maxBytes(255, "must be at most 255 bytes"),
    v.description(meaning),
  );

/** A limit that has to be given: an integer, or Infinity for none. */
export const limit = (meaning: string) =>
  v.pipe(
    v.number("must be an integer, or Infinity for no limit"),
    v.minValue(0, "must not be negative"),
    v.check(
      (value) => value === Number.POSITIVE_INFINITY || Number.isInteger(value),
      "must be an integer, or Infinity for no limit",
    ),
    v.description(meaning),
  );

/** A limit for which JSON has no Infinity: null or nothing means none. */
const optionalLimit = (meaning: string) => v.nullish(limit(meaning), Number.POSITIVE_INFINITY);

/** A number as key id is its digits, as it is in a token. */
const numericKid = v.pipe(
  v.number(),
  v.safeInteger("must be a text, or an integer within ±(2^53 − 1)"),
  v.transform(String),
);

const KID = "Id of the key, which tokens carry in their header";
const kidText = text(KID);

const publicKey = v.object(
  {
    kid: v.pipe(
      v.lazy((input) => (typeof input === "number" ? numericKid : kidText)),
      v.description(KID),
    ),
    kty: v.pipe(v.literal("OKP", 'must be "OKP"'), v.description("Kind of the key: one on an Edwards curve")),
    crv: v.pipe(v.literal("Ed25519", 'must be "Ed25519"'), v.description("The curve")),
    x: v.pipe(
      v.string("must be the public key in base64url"),
      v.nonEmpty("must not be empty"),
      v.description("The public key itself, in base64url"),
    ),
    d: v.optional(
      v.pipe(
        v.never("must not be there: it is the private part of the key"),
        v.description("The private part of the key, which is the customer's alone: a key that has it is refused"),
      ),
    ),
  },
  "must be a public key as a JWK",
);

const accessKey = v.object(
  {
    namespace: v.pipe(
      v.nullish(
        text("Namespace of the rooms that tokens of this key open; without it, or with `null`, the customer's id"),
      ),
      v.transform((namespace) => namespace ?? undefined),
    ),
    publicKey,
  },
  "must be {namespace?, publicKey}",
);

/** Tags that a server has to carry, or carries. */
export const tags = v.array(text("A tag"), "must be a list of tags");

const identity = {
  id: text("Name of the customer, in tokens, logs and metrics"),
  maxPeers: optionalLimit("Most peers at once over all rooms, held slots included; `null` or `Infinity` is no limit"),
  maxRooms: optionalLimit("Most rooms at once; `null` or `Infinity` is no limit"),
  tags: v.pipe(
    v.nullish(tags, []),
    v.description("Tags that a server has to carry, all of them, to get rooms of the customer"),
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
