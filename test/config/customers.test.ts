import { describe, expect, test } from "bun:test";
import { parseFetchedCustomers } from "../../src/config/customers.ts";
import { createTempFolder } from "../temp-folder.ts";
import { createCustomer } from "../world.ts";
import { read } from "./fixture.ts";

describe("the customers file", () => {
  const { entry } = createCustomer("acme", { maxPeers: 5 });
  const json = JSON.stringify([{ ...entry, maxRooms: null }]);

  test("is found beside the config, and null is no limit", () => {
    using folder = createTempFolder({ "customers.json": json });
    const config = read({ customersFile: "customers.json" }, { source: folder.file("gateway.config.ts") });
    expect(config.customers).toMatchObject([{ id: "acme", maxPeers: 5, maxRooms: Number.POSITIVE_INFINITY }]);
  });

  test.each([
    ["", "is not JSON"],
    [json.slice(0, -3), "is not JSON"],
    ["{}", "must be a list of customers"],
    ["[]", "is empty, which a failed export also looks like"],
    ['[{"id": "a"}]', "customers[0].accessKeys: is missing"],
  ])("is all or nothing: %p", (text, fault) => {
    using folder = createTempFolder({ "customers.json": text });
    const source = folder.file("gateway.config.ts");
    expect(() => read({ customersFile: "customers.json" }, { source })).toThrow(fault);
  });

  test("may give a key id as a number", () => {
    const text = json.replace(/"kid":"[^"]+"/, '"kid":12345');
    using folder = createTempFolder({ "customers.json": text });
    const config = read({ customersFile: "customers.json" }, { source: folder.file("gateway.config.ts") });
    expect(config.customers?.[0]?.accessKeys[0]?.publicKey.kid).toBe("12345");
  });

  test("may begin with a byte order mark", () => {
    using folder = createTempFolder({ "customers.json": `\uFEFF${json}` });
    expect(
      read({ customersFile: "customers.json" }, { source: folder.file("gateway.config.ts") }).customers,
    ).toHaveLength(1);
  });

  test("may be empty if that is meant", () => {
    using folder = createTempFolder({ "customers.json": "[]" });
    const source = folder.file("gateway.config.ts");
    expect(read({ customersFile: "customers.json", allowEmptyCustomers: true }, { source }).customers).toEqual([]);
  });
});

describe("fetched customers", () => {
  const good = createCustomer("good").entry;
  const [key] = good.accessKeys;

  test("lose broken keys with a warning", () => {
    const { customers, warnings } = parseFetchedCustomers(
      [{ ...good, accessKeys: [{ publicKey: { kid: 1 } }, key] }],
      "api",
      false,
    );
    expect(customers[0]?.accessKeys).toHaveLength(1);
    expect(warnings[0]).toStartWith("customers[0].accessKeys[0].publicKey.");
  });

  test.each([
    [[{ ...good, accessKeys: [{}] }], "is left without a key"],
    [[], "is empty"],
    ["x", "must be a list"],
    [[{ id: "" }], "must not be empty"],
  ])("are bad as a whole: %p", (value, fault) => {
    expect(() => parseFetchedCustomers(value, "api", false)).toThrow(fault);
  });
});
