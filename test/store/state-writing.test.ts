import { expect, test } from "bun:test";
import { readState } from "../../src/store/state-file.ts";
import { toText } from "../../src/store/state-rows.ts";
import { createStateWriting } from "../../src/store/state-writing.ts";
import { createTempFolder } from "../temp-folder.ts";

test("an order that cannot be carried out says why, and the next one opens the database anew", () => {
  using folder = createTempFolder({ "in-the-way": "" });
  const changes = toText({ isEverything: true, servers: [], listings: [], groups: [], bans: [], tasks: [], times: [] });
  const carryOut = createStateWriting();
  const order = { file: folder.file("in-the-way/state.sqlite"), isUnread: false, changes };
  expect(carryOut(order)).toEqual({ error: expect.stringContaining("unable to open") });
  const file = folder.file("state.sqlite");
  expect(carryOut({ ...order, file })).toEqual({ error: undefined });
  expect(carryOut({ ...order, file, changes: undefined })).toEqual({ error: undefined });
  expect(readState(folder.path, "aside")).toMatchObject({ warning: undefined, isUnread: false });
});
