import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { findReasonForNoBrowser, openDashboard } from "./browser.ts";
import { prepareBrowserTests } from "./browser-tests.ts";
import { ask, toConfigText } from "./gateway-process.ts";
import { FLEET_SETTINGS, startFleet } from "./live-fleet.ts";
import { call } from "./traffic.ts";

/** What the dashboard of the binary says on every view: what goes wrong for players, or for those who want to hear of it. */

const reason = await findReasonForNoBrowser();

const prepared = prepareBrowserTests(reason);

const row = (page: Page, name: string) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });

describe.skipIf(reason !== undefined)(`the dashboard${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  test("says on every view that a pool takes no new rooms, and why none can be placed", async () => {
    await using fleet = await startFleet(prepared.binary, 2);
    await using tab = await openDashboard(prepared.browser, fleet.url);
    const { page, goTo } = tab;
    await page.getByText("Nothing is wrong with the servers.").waitFor();
    for (const endpoint of ["sfu1.sim:4433", "sfu2.sim:4433"]) await ask(fleet.url, "ServerDrain", { endpoint });
    const sentence = "No server of pool default takes new rooms: players who open one are refused.";
    await page.locator(".verdict.bad").filter({ hasText: sentence }).waitFor();
    expect((await call(fleet.url, "Connect", "lobby", "anna")).error).toBeDefined();
    await goTo("why");
    await page.getByText("none takes new rooms: 2 drain.").waitFor();
    await page.getByRole("alert").filter({ hasText: sentence }).waitFor();
    expect(await tab.findBarriers()).toEqual([]);
    await ask(fleet.url, "ServerUndrain", { endpoint: "sfu1.sim:4433" });
    await page.getByRole("alert").waitFor({ state: "detached" });
  });

  test("keeps a table in view whatever names others chose, and shows what cannot be seen in them", async () => {
    await using fleet = await startFleet(prepared.binary, 1);
    for (const room of ["W".repeat(255), "\u202egnp.exe"]) await call(fleet.url, "Connect", room, "anna");
    await using tab = await openDashboard(prepared.browser, fleet.url);
    await tab.goTo("rooms");
    await row(tab.page, "\ufffdgnp.exe").waitFor();
    const box = await tab.page.getByRole("table").boundingBox();
    expect(box?.width).toBeLessThanOrEqual(1_280);
    expect(await tab.findBarriers()).toEqual([]);
  });

  test("says on every view that a webhook does not get through, and lists the webhooks", async () => {
    await using fleet = await startFleet(prepared.binary, 1);
    await using tab = await openDashboard(prepared.browser, fleet.url);
    const { page, goTo } = tab;
    const hook = '{ url: "http://127.0.0.1:9/hidden?key=hidden", secret: "nobody-is-to-see-this-secret", events: "*" }';
    fleet.folder.write("gateway.config.ts", toConfigText(fleet.port, `${FLEET_SETTINGS} webhooks: [${hook}],`));
    await page.getByRole("alert").filter({ hasText: "Webhook 127.0.0.1:9#0 does not take its messages" }).waitFor();
    await goTo("config");
    await row(page, "127.0.0.1:9#0").getByText("the connection failed").waitFor();
    expect(await tab.findBarriers()).toEqual([]);
    expect(await page.locator("main").textContent()).not.toMatch(/hidden|this-secret/);
  });
});
