import { formatDateTime, formatName } from "../model/format.ts";
import type { AuditEntry } from "../model/methods.ts";
import { CardTable } from "../parts/card-table.tsx";
import { useTools } from "../parts/context.tsx";
import { Heading, Listed } from "../parts/frame.tsx";
import { usePages } from "../parts/pages.tsx";

/** What operators and backends did, newest first; it follows by itself. */
export function AuditView() {
  const { call } = useTools();
  const entries = usePages<AuditEntry, number>("audit", async (before, limit, signal) => {
    const page = await call("Audit", { limit, ...(before !== undefined && { before }) }, signal);
    return { items: page.entries, next: page.next };
  });
  return (
    <>
      <Heading title="Audit">
        <p class="muted">What operators and customers' backends did, newest first. The log holds what is older.</p>
      </Heading>
      <Listed pages={entries} empty="Nobody has done anything yet.">
        <CardTable columns={["When", "Who", "What", "With", "Result", "Request"]}>
          {entries.items.map((entry) => (
            <tr key={entry.seq}>
              <th scope="row" class="number">
                {formatDateTime(entry.at)}
              </th>
              <td data-label="Who">{tellWho(entry)}</td>
              <td data-label="What">{entry.method}</td>
              <td data-label="With" class="params">
                {tellParams(entry.params)}
              </td>
              <td data-label="Result" class={isGood(entry) ? "" : "bad"}>
                {entry.result}
              </td>
              <td data-label="Request" class="muted">
                {entry.requestId ?? "–"}
              </td>
            </tr>
          ))}
        </CardTable>
      </Listed>
    </>
  );
}

function tellWho({ customer, user, trigger }: AuditEntry): string {
  return formatName([customer, user].filter(Boolean).join(" / ") || trigger || "–");
}

function tellParams(params: Readonly<Record<string, unknown>>): string {
  const tell = (value: unknown) => formatName(typeof value === "string" ? value : JSON.stringify(value));
  return Object.entries(params)
    .map(([name, value]) => `${name} ${tell(value)}`)
    .join(", ");
}

function isGood({ result }: AuditEntry): boolean {
  return result === "ok" || result === "applied" || result === "unchanged";
}
