import { describe, expect, test } from "bun:test";
import * as metaSchema from "@open-rpc/meta-schema";
import Ajv from "ajv";
import draft7 from "ajv/dist/refs/json-schema-draft-07.json";
import { toApiPage } from "../../docs/api-page.ts";
import { DESCRIPTIONS } from "../../src/rpc/descriptions.ts";
import type { Json } from "../json.ts";
import { createCustomer, createWorld, type World } from "../world.ts";
import { createExampleWorld, myGame, toShape } from "./example-world.ts";

const acme = createCustomer("my-game");
/** The specification's own schema. For the parameters' schemas it names a page of JSON Schema's, of which draft 7 has the same. */
const SCHEMA_PAGE = "https://meta.json-schema.tools";
const { openrpcDocument } = metaSchema as unknown as { openrpcDocument: object };
const text = JSON.stringify(openrpcDocument)
  .replaceAll(`{"$ref":"${SCHEMA_PAGE}/#/definitions/JSONSchemaObject/properties/$ref"}`, '{"type":"string"}')
  .replace(`"$schema":"${SCHEMA_PAGE}/"`, '"$schema":"http://json-schema.org/draft-07/schema#"');
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema({ ...draft7, $id: SCHEMA_PAGE }, SCHEMA_PAGE);
const validate = ajv.compile(JSON.parse(text));

/** The documents of both endpoints. */
async function discover(world: World): Promise<{ public: Json; internal: Json }> {
  const token = await world.token("lobby", "u", { subject: "connect" });
  return {
    public: (await world.call(token, "rpc.discover")).body.result,
    internal: (await world.internal("rpc.discover")).body.result,
  };
}

/** Calls every method of a document with its example, each in a world of its own, and compares the answers' forms. */
async function runExamples(
  document: Json,
  call: (world: World, method: string, params: object) => Promise<{ body: Json }>,
) {
  for (const { name, examples, result } of document.methods) {
    await using world = await createExampleWorld();
    const params = Object.fromEntries(examples[0].params.map((param: Json) => [param.name, param.value]));
    const { body } = await call(world, name, params);
    expect([name, body.error]).toEqual([name, undefined]);
    expect([name, toShape(body.result)]).toEqual([name, toShape(examples[0].result.value)]);
    expect([name, ajv.validate(result.schema, body.result)]).toEqual([name, true]);
  }
}

describe("rpc.discover", () => {
  test("gives a valid OpenRPC document on either endpoint, to everybody who may call anything there", async () => {
    await using world = createWorld({}, acme);
    for (const document of Object.values(await discover(world))) {
      expect([validate(document), validate.errors]).toEqual([true, null]);
    }
  });

  test("names the parameters that the schemas check, with their limits", async () => {
    await using world = createWorld({}, acme);
    const { methods } = (await discover(world)).public;
    const ban = methods.find(({ name }: Json) => name === "RoomBanClient");
    expect(ban.params).toMatchObject([
      { name: "room_id", required: true, schema: { type: "string" } },
      { name: "user_id", required: true },
      { name: "ban_time", required: false, schema: { minimum: 0, maximum: 315_360_000, default: 0 } },
    ]);
    const update = methods.find(({ name }: Json) => name === "RoomUpdate");
    expect(update.params[1].schema.items).toEqual({ type: "integer", minimum: 0, maximum: 255 });
  });

  test("gives examples that work, and whose results have the form of a gateway's", async () => {
    await using world = createWorld({}, acme);
    const documents = await discover(world);
    await runExamples(documents.internal, (each, method, params) => each.internal(method, params, { user: "op" }));
    await runExamples(documents.public, async (each, method, params) => {
      const token = await myGame.signToken({ room: "lobby", user: "alice", nowMs: each.clock.wall() });
      return each.call(token, method, params);
    });
  });

  test("gives lists in these examples that are not empty", () => {
    const texts = Object.values(DESCRIPTIONS).map(({ example }) => JSON.stringify(example.result));
    expect(texts.filter((each) => each.replace('"needsRestart":[]', "").includes("[]"))).toEqual([]);
  });
});

test("docs/api.md is what `bun run docs:api` writes", async () => {
  expect(await Bun.file("docs/api.md").text()).toBe(toApiPage());
});
