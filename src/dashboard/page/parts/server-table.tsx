import { useMemo, useRef } from "preact/hooks";
import type { FeedServer } from "../../feed.ts";
import { formatCount } from "../model/format.ts";
import { toServerHash } from "../model/route.ts";
import type { Sorting, SortKey } from "../model/server-list.ts";
import { STATE_LOOKS } from "../model/server-states.ts";
import { Age, LoadBar, Sparkline } from "./figures.tsx";
import { Scroll } from "./frame.tsx";
import { Icon, StateBadge } from "./icons.tsx";
import { ServerButtons } from "./server-buttons.tsx";

const COLUMNS: readonly { key: SortKey; name: string; class?: string }[] = [
  { key: "state", name: "State" },
  { key: "server", name: "Server" },
  { key: "load", name: "Load" },
  { key: "trend", name: "Trend", class: "trend" },
  { key: "clients", name: "Clients", class: "count" },
  { key: "rooms", name: "Rooms", class: "count" },
  { key: "pending", name: "Pending", class: "count" },
  { key: "tasks", name: "Tasks", class: "count" },
  { key: "version", name: "Version" },
  { key: "tags", name: "Tags" },
  { key: "pool", name: "Pool" },
  { key: "seen", name: "Reported", class: "count" },
];

/** Servers as a table; `onHold` is told whether somebody is in it, so that rows should not move. */
export function ServerTable(props: {
  readonly servers: readonly FeedServer[];
  readonly sorting: Sorting;
  readonly onSort: (key: SortKey) => void;
  readonly onHold: (isHeld: boolean) => void;
}) {
  const { servers, sorting, onSort, onHold } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const step = (event: KeyboardEvent) => {
    const links: (EventTarget | null)[] = [...(body.current?.querySelectorAll("th a") ?? [])];
    const at = links.indexOf(event.target);
    const way = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const next = at < 0 || way === 0 ? undefined : links[at + way];
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <Scroll>
      <table class="servers cards">
        <thead>
          <tr>
            {COLUMNS.map(({ key, name, class: kind }) => (
              <th key={key} scope="col" class={kind} aria-sort={toAriaSort(sorting, key)}>
                <button type="button" class="sort" onClick={() => onSort(key)}>
                  {name}
                  {sorting.key === key && <Icon name={sorting.isDescending ? "down" : "up"} />}
                </button>
              </th>
            ))}
            <th scope="col">
              <span class="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody
          ref={body}
          onKeyDown={step}
          onPointerEnter={() => onHold(true)}
          onPointerLeave={() => onHold(false)}
          onFocusIn={() => onHold(true)}
          onFocusOut={() => onHold(false)}
        >
          {servers.map((server) => (
            <Row key={server.id} server={server} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function toAriaSort(sorting: Sorting, key: SortKey): "ascending" | "descending" | "none" {
  if (sorting.key !== key) return "none";
  return sorting.isDescending ? "descending" : "ascending";
}

/** Drawn again only when its server has changed. */
function Row({ server }: { readonly server: FeedServer }) {
  return useMemo(() => <Cells server={server} />, [server]);
}

function Cells({ server }: { readonly server: FeedServer }) {
  const { id, endpoint, pool, state, load, estimate, loads, clients, rooms, pending, version, tags } = server;
  const tasks = server.tasksWaiting + server.tasksSent;
  const { tone } = STATE_LOOKS[state];
  return (
    <tr class={tone} data-server={id}>
      <td>
        <StateBadge state={state} />
      </td>
      <th scope="row">
        <a href={toServerHash(server)}>
          <Endpoint endpoint={endpoint} />
        </a>
      </th>
      <td data-label="Load">
        <LoadBar load={load} estimate={estimate} tone={tone} />
      </td>
      <td class="trend">
        <Sparkline values={loads} slots={60} max={1} />
      </td>
      <Count label="Clients" value={clients} />
      <Count label="Rooms" value={rooms} />
      <Count label="Pending" value={pending} />
      <Count label="Tasks" value={tasks} />
      <td data-label="Version">{version}</td>
      <td data-label="Tags" class="tags">
        {tags.map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
      </td>
      <td data-label="Pool">{pool}</td>
      <td data-label="Reported" class="count">
        <Age at={server.lastSeenMs} />
      </td>
      <td class="actions">
        <ServerButtons server={server} />
      </td>
    </tr>
  );
}

/** An address, which breaks before its port if it has to break. */
function Endpoint({ endpoint }: { readonly endpoint: string }) {
  const [host = "", port = ""] = endpoint.split(/(?=:\d+$)/);
  return (
    <>
      {host}
      <wbr />
      {port}
    </>
  );
}

function Count({ label, value }: { label: string; value: number }) {
  return (
    <td data-label={label} class={value === 0 ? "count zero" : "count"}>
      {formatCount(value)}
    </td>
  );
}
