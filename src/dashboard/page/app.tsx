import type { ComponentType } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Action } from "./model/action.ts";
import { findClosedPools } from "./model/closed-pools.ts";
import type { Live } from "./model/live.ts";
import { type Route, VIEWS, type View } from "./model/route.ts";
import type { Call } from "./model/rpc.ts";
import { isProblem } from "./model/server-states.ts";
import { createStore, type Store } from "./model/store.ts";
import { ActionDialog } from "./parts/action-dialog.tsx";
import { Banners } from "./parts/banners.tsx";
import { type Tools, ToolsContext, useStore } from "./parts/context.tsx";
import { useRoute } from "./parts/route.tsx";
import { ToastList, type Toasts } from "./parts/toasts.tsx";
import { TopBar } from "./parts/top-bar.tsx";
import { AuditView } from "./views/audit.tsx";
import { BansView } from "./views/bans.tsx";
import { ChartsView } from "./views/charts.tsx";
import { ConfigView } from "./views/config.tsx";
import { CustomersView } from "./views/customers.tsx";
import { FleetView } from "./views/fleet.tsx";
import { RoomsView } from "./views/rooms.tsx";
import { ServerPanel } from "./views/server-panel.tsx";
import { TasksView } from "./views/tasks.tsx";
import { WhyView } from "./views/why.tsx";

const SCREENS: Readonly<Record<View, { name: string; Screen: ComponentType<{ route: Route }> }>> = {
  fleet: { name: "Fleet", Screen: FleetView },
  charts: { name: "Charts", Screen: ChartsView },
  customers: { name: "Customers", Screen: CustomersView },
  rooms: { name: "Rooms", Screen: RoomsView },
  bans: { name: "Bans", Screen: BansView },
  tasks: { name: "Tasks", Screen: TasksView },
  config: { name: "Config", Screen: ConfigView },
  audit: { name: "Audit", Screen: AuditView },
  why: { name: "Why", Screen: WhyView },
  server: { name: "Server", Screen: ServerPanel },
};

/** The whole page. */
export function App(props: { readonly live: Store<Live>; readonly call: Call; readonly toasts: Toasts }) {
  const { live, call, toasts } = props;
  const [action, setAction] = useState<Action | undefined>(undefined);
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const nav = useRef<HTMLElement>(null);
  const isConnected = useStore(live, (state) => state.isConnected);
  const tools = useMemo<Tools>(() => ({ live, call, ask: setAction, second: createStore(Date.now()) }), [live, call]);
  useEffect(() => {
    const timer = setInterval(() => tools.second.set(Date.now() + live.get().skewMs), 1_000);
    return () => clearInterval(timer);
  }, [tools]);
  useFilterKey();
  useTitle(live, route);
  useHeadingFocus(main, `${route.view}/${route.id}`);

  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [route.view]);

  const { Screen } = SCREENS[route.view];
  return (
    <ToolsContext.Provider value={tools}>
      <button type="button" class="skip" onClick={() => main.current?.querySelector("h1")?.focus()}>
        Skip to the view
      </button>
      <TopBar />
      <div class="frame">
        <nav ref={nav} aria-label="Views">
          <ul>
            {VIEWS.map((view) => (
              <li key={view}>
                <a href={`#/${view}`} aria-current={isIn(view, route.view) ? "page" : undefined}>
                  {SCREENS[view].name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <main ref={main} class={isConnected ? "" : "stale"}>
          <Banners />
          <Screen key={`${route.view}/${route.id}`} route={route} />
        </main>
      </div>
      <ToastList toasts={toasts} />
      {action && (
        <ActionDialog
          action={action}
          onDone={(text) => toasts.show(text)}
          onFail={(text) => toasts.show(text, true)}
          onClose={() => setAction(undefined)}
        />
      )}
    </ToolsContext.Provider>
  );
}

function isIn(view: View, shown: View): boolean {
  return view === shown || (view === "fleet" && shown === "server");
}

/** `/` leads to the filter, from wherever nothing is being written. */
function useFilterKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isWriting = event.target instanceof Element && event.target.closest("input, textarea, select, dialog");
      if (event.key !== "/" || isWriting || event.ctrlKey || event.metaKey || event.altKey) return;
      const field = document.querySelector<HTMLInputElement>("[data-filter]");
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** The tab says where one is, and how many pools and servers somebody should look at. */
function useTitle(live: Store<Live>, { view, id }: Route): void {
  const problems = useStore(live, ({ fleet }) =>
    fleet === undefined
      ? 0
      : findClosedPools(fleet).length + [...fleet.servers.values()].filter(({ state }) => isProblem(state)).length,
  );
  useEffect(() => {
    const name = view === "server" ? id : SCREENS[view].name;
    document.title = `${problems > 0 ? `(${problems}) ` : ""}${name} · ODIN gateway`;
  }, [problems, view, id]);
}

/** Whoever goes to another view by keyboard goes on at its heading. */
function useHeadingFocus(main: { readonly current: HTMLElement | null }, place: string): void {
  const last = useRef(place);
  useEffect(() => {
    if (last.current === place) return;
    last.current = place;
    scrollTo(0, 0);
    main.current?.querySelector("h1")?.focus();
  }, [place]);
}
