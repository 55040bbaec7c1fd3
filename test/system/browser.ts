import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { USERS } from "../world.ts";
import { ensureTool } from "./tools.ts";

/** Why there is no browser; undefined if there is one by now, Debian's if need be. */
export function findReasonForNoBrowser(): Promise<string | undefined> {
  return ensureTool("chromium", "chromium");
}

/** Starts the browser, without a window and with nothing to do on the network but what its pages ask for. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: Bun.which("chromium") ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A tab in which the dashboard is open. Disposing of it checks that nothing went wrong in it that nobody expected. */
export interface Tab extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Goes to a view, such as `rooms`, and waits for its heading. */
  readonly goTo: (view: string) => Promise<void>;
  /** What an accessibility checker finds wrong with what is shown, and whether the page is wider than the window. */
  readonly findBarriers: () => Promise<string[]>;
}

/** How a tab is opened. */
export interface TabOptions {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
  /** Whether the name and password stand in the address; else the browser asks for them. */
  readonly hasAddressWithPassword?: boolean;
  /** Faults that are expected in the console. */
  readonly mayFail?: RegExp;
}

const DEADLINE_MS = 15_000;

/** Opens the dashboard of a gateway as its operator, and waits until it shows what the feed says. */
export async function openDashboard(browser: Browser, url: string, options: TabOptions = {}): Promise<Tab> {
  const { colorScheme = "light", width = 1280, height = 900, hasAddressWithPassword = false, mayFail } = options;
  const context = await browser.newContext({
    colorScheme,
    viewport: { width, height },
    reducedMotion: "reduce",
    ...(!hasAddressWithPassword && { httpCredentials: { username: "op", password: USERS.op.password, origin: url } }),
  });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== url) faults.push(`a request for ${request.url().slice(0, 100)}`);
  });
  const address = hasAddressWithPassword ? url.replace("://", `://op:${USERS.op.password}@`) : url;
  await page.goto(`${address}/dashboard`);
  await page.getByText("live", { exact: true }).waitFor();
  return {
    page,
    context,
    async goTo(view) {
      await page.goto(`${address}/dashboard#/${view}`);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
    },
    async findBarriers() {
      // Not as a script of the page, which its policy would forbid.
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate("axe.run(document)")) as axe.AxeResults;
      const overflow = Number(
        await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
      );
      const tooWide = overflow > 0 ? [`${overflow} px too wide`] : [];
      const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
      return [...tooWide, ...found];
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      const unexpected = faults.filter((fault) => !mayFail?.test(fault));
      if (unexpected.length > 0) throw new Error(`the page had faults:\n${unexpected.join("\n")}`);
    },
  };
}
