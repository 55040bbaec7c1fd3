import { describe, expect, test } from "bun:test";
import { createTempFolder } from "../temp-folder.ts";
import { MASTER_KEY, MASTER_KEY_TEXT } from "../world.ts";
import { read } from "./fixture.ts";

describe("secrets", () => {
  test("come from the text, the environment or a file beside the config", () => {
    using folder = createTempFolder({ "secrets/sfu": "from file\n" });
    const source = folder.file("gateway.config.ts");
    const users = {
      a: "plain",
      b: { env: "SFU" },
      c: { file: "secrets/sfu" },
      d: { password: { env: "SFU" }, role: "operator" },
    };
    const config = read(
      { internal: { users }, masterKey: { env: "MASTER" } },
      { source, env: { SFU: "from env", MASTER: MASTER_KEY_TEXT } },
    );
    expect([...config.internal.users].map(([name, { password, role }]) => [name, password, role])).toEqual([
      ["a", "plain", "server"],
      ["b", "from env", "server"],
      ["c", "from file", "server"],
      ["d", "from env", "operator"],
    ]);
    expect(config.masterKeys).toEqual([MASTER_KEY]);
  });

  test("come from the service manager's credentials, whose files are watched like others", () => {
    using folder = createTempFolder({ "master.key": `${MASTER_KEY_TEXT}\n`, sfu: "from credential\n" });
    const watched: string[] = [];
    const config = read(
      { internal: { users: { a: { credential: "sfu" } } }, masterKey: { credential: "master.key" } },
      { env: { CREDENTIALS_DIRECTORY: folder.path }, onRead: (file) => watched.push(file) },
    );
    expect(config.internal.users.get("a")?.password).toBe("from credential");
    expect(config.masterKeys).toEqual([MASTER_KEY]);
    expect(watched).toEqual([folder.file("sfu"), folder.file("master.key")]);
  });
});
