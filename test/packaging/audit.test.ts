import { describe, expect, test } from "bun:test";
import { judgeAudit, runAudit } from "../../packaging/audit.ts";

const FAULT = {
  tweetnacl: [
    {
      ...{ id: 1, url: "https://example.com/1", title: "a fault", severity: "high", vulnerable_versions: "<9" },
      ...{ cwe: [], cvss: { score: 1, vectorString: "" } },
    },
  ],
};

/** Asks a registry on this machine that answers so. */
async function auditAt(answer: () => Response): Promise<string> {
  using registry = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
  return judgeAudit(await runAudit({ ...process.env, BUN_CONFIG_REGISTRY: registry.url.href }));
}

describe.concurrent("the audit", () => {
  test("is clean where the registry knows of nothing", async () => {
    expect(await auditAt(() => Response.json({}))).toBe("clean");
  });

  test("fails where the registry knows of a fault", async () => {
    expect(await auditAt(() => Response.json(FAULT))).toBe("faults");
  });

  test.each([403, 404, 405, 407, 503])("is not done where the registry answers %p", async (status) => {
    expect(await auditAt(() => new Response("no", { status }))).toBe("unreachable");
  });

  test("is not done where nobody answers", async () => {
    const registry = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const url = registry.url.href;
    await registry.stop(true);
    expect(judgeAudit(await runAudit({ ...process.env, BUN_CONFIG_REGISTRY: url }))).toBe("unreachable");
  });

  test.each([400, 401])("fails where the registry answers %p: that is about what was asked", async (status) => {
    expect(await auditAt(() => new Response("no", { status }))).toBe("failed");
  });

  test("fails where the answer is none", async () => {
    expect(await auditAt(() => new Response("<html>"))).toBe("failed");
    expect(judgeAudit({ code: 0, out: "", err: "" })).toBe("failed");
    expect(judgeAudit({ code: 1, out: "", err: "error: no bun.lock" })).toBe("failed");
  });

  test("is part of CI", async () => {
    expect(await Bun.file(`${import.meta.dir}/../../.ci/run`).text()).toContain("\nnpx -y bun@1.4.5 run audit\n");
  });
});
