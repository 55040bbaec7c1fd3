import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { findReasonForNoBrowser, openDashboard } from "./browser.ts";
import { prepareBrowserTests } from "./browser-tests.ts";
import { ask, startGateway, toConfigText } from "./gateway-process.ts";
import { FLEET_SETTINGS, type LiveFleet, startFleet, until } from "./live-fleet.ts";
import { call } from "./traffic.ts";

/** The dashboard of the binary in a real browser, before a fleet that lives: what it shows is so, and what it does is done. */

const reason = await findReasonForNoBrowser();
const VIEWS = ["fleet", "charts", "customers", "rooms", "bans", "tasks", "config", "audit", "why"];

const prepared = prepareBrowserTests(reason);

const row = (page: Page, name: string) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });

/** Does what a dialog offers, and waits until it is gone. */
async function confirm(page: Page, title: string, button: string, fill?: (page: Page) => Promise<void>): Promise<void> {
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.waitFor();
  await fill?.(page);
  await dialog.getByRole("button", { name: button, exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
}

const stateOf = (fleet: LiveFleet, endpoint: string, state: string | undefined) =>
  fleet.until("Servers", { endpoint }, ({ servers }) => servers[0]?.state === state);

describe.skipIf(reason !== undefined)(`the dashboard${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  test("shows a server that dies by itself, and forgets it when it is told to", async () => {
    await using fleet = await startFleet(prepared.binary, 3);
    await using tab = await openDashboard(prepared.browser, fleet.url);
    const { page } = tab;
    await row(page, "sfu2.sim:4433").getByText("enabled").waitFor();
    fleet.servers[1]?.stop();
    await row(page, "sfu2.sim:4433").getByText("silent").waitFor();
    await until("the tab counts it", async () => (await page.title()).startsWith("(1)"));
    await page.getByRole("button", { name: "Forget sfu2.sim:4433" }).click();
    await confirm(page, "Forget sfu2.sim:4433", "Forget");
    await stateOf(fleet, "sfu2.sim:4433", undefined);
    await row(page, "sfu2.sim:4433").waitFor({ state: "detached" });
    expect(await page.getByRole("rowheader").allTextContents()).toEqual(["sfu1.sim:4433", "sfu3.sim:4433"]);
  });

  test("drains a server and undrains it, from the list and from its panel", async () => {
    await using fleet = await startFleet(prepared.binary, 2);
    await using tab = await openDashboard(prepared.browser, fleet.url);
    const { page } = tab;
    await page.getByRole("button", { name: "Drain sfu1.sim:4433" }).click();
    await confirm(page, "Drain sfu1.sim:4433", "Drain");
    await stateOf(fleet, "sfu1.sim:4433", "draining");
    await row(page, "sfu1.sim:4433").getByText("draining").waitFor();
    await page.getByRole("link", { name: "sfu1.sim:4433" }).click();
    await page.getByRole("heading", { level: 1, name: "sfu1.sim:4433" }).waitFor();
    await page.getByRole("button", { name: "Undrain sfu1.sim:4433" }).click();
    await confirm(page, "Undrain sfu1.sim:4433", "Undrain");
    await stateOf(fleet, "sfu1.sim:4433", "enabled");
  });

  test("moves players off a server", async () => {
    await using fleet = await startFleet(prepared.binary, 2);
    const player = await fleet.join("lobby", "anna");
    const { endpoint } = player.server;
    await using tab = await openDashboard(prepared.browser, fleet.url);
    const { page } = tab;
    await fleet.until("Rooms", { name: "lobby" }, ({ rooms }) => rooms[0]?.peers === 1);
    await page.getByRole("link", { name: endpoint }).click();
    await page.getByRole("button", { name: "Move players off …" }).click();
    await confirm(page, `Move players off ${endpoint}`, "Move players off");
    await until("the player is put out", player.isOut);
    expect((await fleet.join("lobby", "anna")).server.endpoint).not.toBe(endpoint);
  });

  test("closes a room, and opens it again", async () => {
    await using fleet = await startFleet(prepared.binary, 2);
    const players = [await fleet.join("lobby", "anna"), await fleet.join("lobby", "ben")];
    await fleet.until("Rooms", { name: "lobby" }, ({ rooms }) => rooms[0]?.peers === 2);
    await using tab = await openDashboard(prepared.browser, fleet.url);
    const { page, goTo } = tab;
    await goTo("rooms");
    await page.getByRole("button", { name: "Close lobby" }).click();
    await confirm(page, "Close room lobby", "Close room", () => page.getByLabel("for 1 hour").check());
    await until("all are put out", () => players.every((player) => player.isOut()));
    expect((await call(fleet.url, "Connect", "lobby", "anna")).error?.message).toContain("closed");
    await goTo("bans");
    await page.getByRole("button", { name: "End the ban on room lobby" }).click();
    await confirm(page, "Open room lobby again", "Open room");
    await fleet.until("Bans", {}, ({ bans }) => bans.length === 0);
    await page.getByText("Nobody is banned.").waitFor();
    expect((await call(fleet.url, "Connect", "lobby", "anna")).result?.address).toEndWith(".sim:4433");
  });

  test("sends a user a message, bans them, and ends the ban", async () => {
    await using fleet = await startFleet(prepared.binary, 2);
    const [anna, ben] = [await fleet.join("lobby", "anna"), await fleet.join("lobby", "ben")];
    await fleet.until("Rooms", { name: "lobby" }, ({ rooms }) => rooms[0]?.peers === 2);
    await using tab = await openDashboard(prepared.browser, fleet.url);
    const { page, goTo } = tab;
    await goTo("rooms");
    await page.getByRole("button", { name: "Send a message to a user of lobby" }).click();
    await confirm(page, "Send a message to a user of room lobby", "Send", async () => {
      await page.getByRole("textbox", { name: "User id" }).fill("anna");
      await page.getByRole("textbox", { name: "Message" }).fill("Grüße ✉");
    });
    await until("the message is there", () => anna.messages().length > 0);
    expect([anna.messages(), ben.messages()]).toEqual([["Grüße ✉"], []]);
    await page.getByRole("button", { name: "Ban a user from lobby" }).click();
    await confirm(page, "Ban a user from room lobby", "Ban user", () =>
      page.getByRole("textbox", { name: "User id" }).fill("anna"),
    );
    await until("she is put out", anna.isOut);
    expect(ben.isOut()).toBe(false);
    expect((await call(fleet.url, "Connect", "lobby", "anna")).error?.message).toContain("banned");
    await goTo("bans");
    await page.getByRole("button", { name: "End the ban on anna" }).click();
    await confirm(page, "End the ban on anna", "End ban");
    await fleet.until("Bans", {}, ({ bans }) => bans.length === 0);
    await goTo("audit");
    for (const method of ["RoomSendMessage", "RoomBanClient", "BanRemove"])
      await page.getByRole("cell", { name: method, exact: true }).waitFor();
  });

  test("reloads the config, and says on every view when that fails", async () => {
    await using fleet = await startFleet(prepared.binary, 1);
    await using tab = await openDashboard(prepared.browser, fleet.url);
    const { page, goTo } = tab;
    await goTo("config");
    await page.getByRole("button", { name: "Reload …" }).click();
    await confirm(page, "Reload the config", "Reload");
    await fleet.until("ConfigStatus", {}, ({ lastReload }) => lastReload?.outcome === "unchanged");
    fleet.folder.write("gateway.config.ts", toConfigText(fleet.port, `${FLEET_SETTINGS} drainTimeout: "soon",`));
    await page.getByText("drainTimeout").first().waitFor();
    await goTo("rooms");
    await page.getByRole("alert").filter({ hasText: "could not be reloaded" }).waitFor();
    fleet.folder.write("gateway.config.ts", toConfigText(fleet.port, `${FLEET_SETTINGS} drainTimeout: 7,`));
    await page.getByRole("alert").waitFor({ state: "detached" });
    await goTo("config");
    await page.getByText(/^drainTimeout: /).waitFor();
  });

  test("works with the name and password in its address", async () => {
    await using fleet = await startFleet(prepared.binary, 2);
    await fleet.join("lobby", "anna");
    await fleet.until("Rooms", { name: "lobby" }, ({ rooms }) => rooms[0]?.peers === 1);
    await using tab = await openDashboard(prepared.browser, fleet.url, { hasAddressWithPassword: true });
    await tab.goTo("rooms");
    await row(tab.page, "lobby").waitFor();
  });

  test("goes on with the process that takes over, which it does not keep waiting", async () => {
    await using fleet = await startFleet(prepared.binary, 2);
    await using tab = await openDashboard(prepared.browser, fleet.url, { mayFail: /ERR_|50[23]/ });
    const { page } = tab;
    await using _next = await startGateway(prepared.binary, fleet.folder, ["--takeover"]);
    expect(await fleet.gateway.exited).toBe(0);
    fleet.servers[0]?.stop();
    await row(page, "sfu1.sim:4433").getByText("silent").waitFor();
    expect(await page.getByText("live", { exact: true }).isVisible()).toBe(true);
  });

  test("is usable by keyboard alone: a server is found and drained", async () => {
    await using fleet = await startFleet(prepared.binary, 5);
    await using tab = await openDashboard(prepared.browser, fleet.url);
    const { page } = tab;
    await row(page, "sfu4.sim:4433").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("sfu4");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "sfu4.sim:4433" }).waitFor();
    const tabTo = async (name: string) => {
      for (let steps = 0; steps < 40; steps++) {
        await page.keyboard.press("Tab");
        const focused = page.locator(":focus");
        const label = (await focused.getAttribute("aria-label")) ?? (await focused.textContent());
        if (label?.trim() === name) return;
      }
      throw new Error(`the Tab key does not lead to ${name}`);
    };
    await tabTo("Drain sfu4.sim:4433");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Drain sfu4.sim:4433" }).waitFor();
    await tabTo("Drain");
    await page.keyboard.press("Enter");
    await stateOf(fleet, "sfu4.sim:4433", "draining");
  });

  test.each(["light", "dark"] as const)("has no barriers in any view, %s, wide and on a phone", async (colorScheme) => {
    await using fleet = await startBusyFleet();
    const barriers: string[] = [];
    for (const width of [1280, 390]) {
      await using tab = await openDashboard(prepared.browser, fleet.url, { colorScheme, width });
      for (const view of [...VIEWS, "server/default/sfu1.sim:4433", "server/default/nobody"]) {
        await tab.goTo(view);
        await tab.page.getByText("Reading …").first().waitFor({ state: "detached" });
        const found = await tab.findBarriers();
        barriers.push(...found.map((barrier) => `${view} at ${width}: ${barrier}`));
      }
      await tab.goTo("fleet");
      await tab.page.getByRole("button", { name: "Drain sfu1.sim:4433" }).click();
      await tab.page.getByRole("dialog", { name: "Drain sfu1.sim:4433" }).waitFor();
      barriers.push(...(await tab.findBarriers()).map((barrier) => `a dialog at ${width}: ${barrier}`));
    }
    expect(barriers).toEqual([]);
  });

  /** A fleet with something in every view: a room, a ban, a silent server, a server that drains. */
  async function startBusyFleet(): Promise<LiveFleet> {
    const fleet = await startFleet(prepared.binary, 4);
    for (const user of ["anna", "ben", "cleo"]) await fleet.join("lobby", user);
    await fleet.until("Rooms", { name: "lobby" }, ({ rooms }) => rooms[0]?.peers === 3);
    await ask(fleet.url, "RoomBanClient", { namespace: "acme", room_id: "lobby", user_id: "cleo", ban_time: 3_600 });
    await ask(fleet.url, "ServerDrain", { endpoint: "sfu4.sim:4433" });
    fleet.servers[2]?.stop();
    await stateOf(fleet, "sfu3.sim:4433", "disabled");
    return fleet;
  }
});
