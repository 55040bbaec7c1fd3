import { describe, expect, test } from "bun:test";
import * as metaSchema from "@open-rpc/meta-schema";
import Ajv from "ajv";
import draft7 from "ajv/dist/refs/json-schema-draft-07.json";
import { toApiPage } from "../../docs/api-page.ts";
import type { Json } from "../json.ts";
import { createCustomer, createWorld, type World } from "../world.ts";

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

/** Calls every method of a document with its example. */
async function runExamples(document: Json, call: (method: string, params: object) => Promise<{ body: Json }>) {
  const failed: unknown[] = [];
  for (const { name, examples } of document.methods) {
    const params = Object.fromEntries(examples[0].params.map((param: Json) => [param.name, param.value]));
    const { body } = await call(name, params);
    if (body.error) failed.push([name, body.error]);
    // There is no config to be reloaded here.
    else if (name !== "ConfigStatus" && name !== "Reload")
      expect([name, Object.keys(body.result)]).toEqual([
        name,
        expect.arrayContaining(Object.keys(examples[0].result.value)),
      ]);
  }
  return failed;
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

  test("gives examples that work", async () => {
    await using world = createWorld({}, acme);
    const documents = await discover(world);
    // One that has asked for its config, and was never heard of again.
    await world.internal("sfu.GridConfig", { public_endpoint: "sfu9.example.com:4433", version: "1" });
    expect(
      await runExamples(documents.internal, (method, params) => world.internal(method, params, { user: "op" })),
    ).toEqual([]);
    await world.internal("ServerUndrain", { endpoint: "sfu1.example.com:4433" }, { user: "op" });
    // The room that an operator closed opens again.
    await world.clock.sleep(60_000);
    const rooms = [{ room: "lobby", peers: 3, namespace: "my-game", customer: "my-game" }];
    await world.report("sfu1.example.com:4433", rooms);
    const token = await world.token("lobby", "alice");
    expect(await runExamples(documents.public, (method, params) => world.call(token, method, params))).toEqual([]);
  });
});

test("docs/api.md is what `bun run docs:api` writes", async () => {
  expect(await Bun.file("docs/api.md").text()).toBe(toApiPage());
});
