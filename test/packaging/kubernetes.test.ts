import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { loadConfig, type ResolvedConfig } from "../../src/config/load.ts";
import { createModuleLoader } from "../../src/config/module-loader.ts";
import { createTempFolder } from "../temp-folder.ts";
import { createWorld, MASTER_KEY_TEXT } from "../world.ts";

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data: Record<string, string>;
  readonly stringData: Record<string, string>;
  readonly spec: {
    readonly serviceName: string;
    readonly replicas: number;
    readonly selector: { readonly app: string };
    readonly ports: { readonly targetPort: string; readonly port: number }[];
    readonly publishNotReadyAddresses?: boolean;
    readonly volumeClaimTemplates: { readonly metadata: { readonly name: string } }[];
    readonly template: {
      readonly metadata: { readonly labels: { readonly app: string } };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: object;
        readonly volumes: { readonly name: string }[];
        readonly containers: {
          readonly ports: { readonly name: string; readonly containerPort: number }[];
          readonly livenessProbe: Probe;
          readonly readinessProbe: Probe;
          readonly startupProbe: Probe;
          readonly resources: object;
          readonly securityContext: object;
          readonly volumeMounts: { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
        }[];
      };
    };
  };
}

const manifests = Bun.YAML.parse(await Bun.file("packaging/kubernetes/gateway.yaml").text()) as Manifest[];
const containerfile = await Bun.file("packaging/Containerfile").text();

const find = (kind: string, name = "odin-gateway"): Manifest => {
  const [found, ...others] = manifests.filter((each) => each.kind === kind && each.metadata.name === name);
  if (!found || others.length > 0) throw new Error(`there is not one ${kind}`);
  return found;
};

const { spec } = find("StatefulSet");
const pod = spec.template.spec;
const [container] = pod.containers;
if (!container) throw new Error("there is no container");
const mounts = new Map(container.volumeMounts.map((mount) => [mount.name, mount]));
const [, stateDirectory = ""] = /^ENV STATE_DIRECTORY=(.*)$/m.exec(containerfile) ?? [];

describe("the manifest for Kubernetes", () => {
  let config: ResolvedConfig;

  beforeAll(async () => {
    const secret = { ...find("Secret").stringData, "master.key": MASTER_KEY_TEXT, "sfu-password": "hunter2" };
    expect(Object.keys(secret).sort()).toEqual(Object.keys(find("Secret").stringData).sort());
    using files = createTempFolder(secret);
    const text = find("ConfigMap").data["gateway.config.ts"]?.replaceAll(
      mounts.get("secret")?.mountPath ?? "",
      files.path,
    );
    using folder = createTempFolder({ "gateway.config.ts": text ?? "" });
    using loader = createModuleLoader();
    const env = { STATE_DIRECTORY: stateDirectory };
    config = await loadConfig(folder.file("gateway.config.ts"), { flags: {}, env, loader });
  });

  test("has a config that loads, with its secrets from the Secret, on the ports of container and Services", () => {
    const [http, internal] = container.ports;
    expect(config.listen).toEqual({ hostname: "0.0.0.0", port: http?.containerPort ?? 0, tls: undefined });
    expect(config.internalListen).toEqual({ hostname: "0.0.0.0", port: internal?.containerPort ?? 0, tls: undefined });
    expect(config.internal.users.get("sfu")?.password).toBe("hunter2");
    for (const [name, port] of [
      ["odin-gateway", http],
      ["odin-gateway-servers", internal],
    ] as const) {
      const service = find("Service", name).spec;
      expect(service.ports.map(({ targetPort }) => targetPort)).toEqual([port?.name ?? ""]);
      expect(service.ports.map(({ port }) => port)).toEqual([port?.containerPort ?? 0]);
      expect(service.selector).toEqual(spec.template.metadata.labels);
    }
  });

  test("lets servers reach a gateway that is not ready, as their reports make it so, and clients only one that is", () => {
    expect(find("Service", spec.serviceName).spec.publishNotReadyAddresses).toBe(true);
    expect(find("Service").spec.publishNotReadyAddresses).toBeUndefined();
  });

  test("has a Secret without secrets, which no gateway starts with", () => {
    expect(find("Secret").stringData).toEqual({ "customers.json": "[]", "master.key": "", "sfu-password": "" });
  });

  test("runs one pod, and gives it more time to end than draining takes", () => {
    expect(spec.replicas).toBe(1);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(config.drainDelay + config.drainTimeout + 10);
    expect(config.drainDelay).toBeGreaterThan(0);
  });

  test("keeps the state on a volume of its own, where the image's gateway looks for it", () => {
    expect(config.stateDir).toBe(stateDirectory);
    expect(mounts.get("state")?.mountPath).toBe(stateDirectory);
    expect(spec.volumeClaimTemplates.map(({ metadata }) => metadata.name)).toEqual(["state"]);
    const volumes = [...pod.volumes.map(({ name }) => name), "state"];
    expect([...mounts.keys()].sort()).toEqual(volumes.sort());
  });

  test("asks for paths that a gateway serves: livez whether it is alive, readyz whether clients can be served", async () => {
    const { livenessProbe, readinessProbe, startupProbe } = container;
    await using world = createWorld();
    const statusOf = async ({ httpGet }: Probe) =>
      (await world.request({ path: httpGet.path, method: "GET", headers: {}, body: undefined })).status;
    expect(await Promise.all([startupProbe, livenessProbe, readinessProbe].map(statusOf))).toEqual([200, 200, 503]);
    await world.report("sfu1:4433");
    expect(await Promise.all([startupProbe, livenessProbe, readinessProbe].map(statusOf))).toEqual([200, 200, 200]);
    for (const { httpGet } of [livenessProbe, readinessProbe, startupProbe])
      expect(container.ports.map(({ name }) => name)).toContain(httpGet.port);
  });

  test("gives the pod no more rights than it needs", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container.resources).toMatchObject({ requests: { cpu: "250m" }, limits: { memory: "1Gi" } });
  });

  test("runs the image as its user, with the config where the image looks for it", () => {
    expect(containerfile).toContain(`\nUSER ${Object(pod.securityContext).runAsUser}\n`);
    expect(containerfile).toContain(`\nEXPOSE ${container.ports[0]?.containerPort}\n`);
    const path = join(mounts.get("config")?.mountPath ?? "", Object.keys(find("ConfigMap").data)[0] ?? "");
    expect(containerfile).toContain(`\nCMD ["serve", "--config", "${path}"]\n`);
  });
});
