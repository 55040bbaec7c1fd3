import * as v from "valibot";
import { isObject, text } from "./values.ts";

const secretText = v.pipe(
  v.string('must be a string, {env: "NAME"}, {file: "path"} or {credential: "NAME"}'),
  v.nonEmpty("must not be empty"),
);
const secretFromEnv = v.strictObject({ env: text("Name of the environment variable") });
const secretFromFile = v.strictObject({ file: text("Path of the file") });
const secretFromCredential = v.strictObject({
  credential: v.pipe(
    text("Name of the credential"),
    v.check((name) => !name.includes("/") && name !== "." && name !== "..", "must be a name, not a path"),
  ),
});

const anySecret = v.lazy((input) => {
  if (!isObject(input)) return secretText;
  if ("credential" in input) return secretFromCredential;
  return "file" in input ? secretFromFile : secretFromEnv;
});

/** A secret: itself, or where it is. */
export const secret = (meaning: string) => v.pipe(anySecret, v.description(meaning));

const secretList = v.pipe(v.array(anySecret), v.nonEmpty("must have at least one key, or be left out"));

/** One secret, or several in their order, newest first. */
export const secrets = (meaning: string) =>
  v.pipe(
    v.lazy((input) => (Array.isArray(input) ? secretList : anySecret)),
    v.description(meaning),
  );

/** A secret as configured. */
export type Secret = v.InferOutput<typeof anySecret>;
