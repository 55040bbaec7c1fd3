import { describe, expect, test } from "bun:test";
import { METRICS, type MetricSpec } from "../../src/metrics/table.ts";

const specs: readonly MetricSpec[] = Object.values(METRICS);
const names = specs.map(({ name }) => name);

/** Names that a query or a text uses, without what Prometheus appends to histograms. */
function usedNames(text: string): string[] {
  const used = [...text.matchAll(/\bodin_gateway_\w+/g)].map(([name]) => name);
  return [...new Set(used.map((name) => (names.includes(name) ? name : name.replace(/_(bucket|count|sum)$/, ""))))];
}

describe("metrics' names", () => {
  test("have the prefix, and nobody else's", () => {
    expect(names.filter((name) => !/^odin_gateway_[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("end on _total if they count, and only then", () => {
    expect(specs.filter(({ type, name }) => (type === "counter") !== name.endsWith("_total"))).toEqual([]);
  });

  test("have base units: seconds, bytes, ratios, and nothing that histograms append", () => {
    expect(names.filter((name) => /_(ms|milliseconds|minutes|kb|mb|percent|bucket|count|sum)(_|$)/.test(name))).toEqual(
      [],
    );
    const timed = specs.filter(({ name, type }) => type === "histogram" || /_(duration|age|lag|time)(_|$)/.test(name));
    expect(timed.filter(({ name }) => !name.endsWith("_seconds"))).toEqual([]);
    expect(names.filter((name) => /_load(_|$)/.test(name) && !name.endsWith("_ratio"))).toEqual([]);
    expect(names.filter((name) => /_(memory|heap)(_|$)/.test(name) && !name.endsWith("_bytes"))).toEqual([]);
  });

  test("have labels that are bounded: no rooms, users, namespaces or addresses of clients", () => {
    const labels = new Set(specs.flatMap((spec) => spec.labels));
    expect([...labels].sort()).toEqual([
      "audience",
      "bun",
      "customer",
      "limit",
      "method",
      "mode",
      "outcome",
      "pool",
      "reason",
      "server",
      "state",
      "status",
      "version",
      "webhook",
    ]);
  });

  test("have buckets that rise, if they are histograms", () => {
    for (const { name, type, buckets } of specs) {
      expect([name, buckets !== undefined]).toEqual([name, type === "histogram"]);
      expect([name, buckets]).toEqual([name, buckets && [...new Set(buckets)].sort((a, b) => a - b)]);
    }
  });
});

describe("what names metrics", () => {
  test("docs/metrics.md has each as it is, and no other", async () => {
    const page = await Bun.file("docs/metrics.md").text();
    const rows = page.split("\n").filter((line) => line.startsWith("| `odin_gateway_"));
    expect(rows).toEqual(
      specs.map(
        ({ name, type, labels, help }) =>
          `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
      ),
    );
  });

  test.each(["packaging/grafana.json", "packaging/alerts.yml"])("%s names only those that are there", async (file) => {
    const used = usedNames(await Bun.file(file).text());
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => !names.includes(name))).toEqual([]);
  });

  test("the dashboard shows every metric but what alerts and texts are for", async () => {
    const used = usedNames(await Bun.file("packaging/grafana.json").text());
    expect(names.filter((name) => !used.includes(name))).toEqual(
      ["odin_gateway_server_state", "odin_gateway_server_rooms", "odin_gateway_process_start_time_seconds"].filter(
        (name) => !used.includes(name),
      ),
    );
  });

  test("every panel of the dashboard has queries, a title and a place of its own", async () => {
    const { panels } = (await Bun.file("packaging/grafana.json").json()) as {
      panels: { id: number; type: string; title: string; gridPos: object; targets?: { expr: string }[] }[];
    };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ gridPos }) => JSON.stringify(gridPos))).size).toBe(panels.length);
    for (const { type, title, targets = [] } of panels) {
      expect([title, type === "row" || targets.length > 0]).toEqual([title, true]);
    }
  });

  test("every alert has a severity, a summary, what to do, and a row in the manual", async () => {
    const manual = await Bun.file("docs/operations.md").text();
    const { groups } = Bun.YAML.parse(await Bun.file("packaging/alerts.yml").text()) as {
      groups: { rules: { alert: string; labels: { severity: string }; annotations: Record<string, string> }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(10);
    for (const { alert, labels, annotations } of rules) {
      expect([alert, labels.severity]).toEqual([alert, expect.stringMatching(/^(critical|warning)$/)]);
      expect([alert, Object.keys(annotations).sort()]).toEqual([alert, ["action", "runbook", "summary"]]);
      expect([alert, manual.includes(`| \`${alert}\` |`)]).toEqual([alert, true]);
    }
    expect(manual).toContain("## Alerts\n");
  });
});
