import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { buildDeb } from "./deb.ts";

/** `bun run package:deb`: makes a Debian package of the binary in dist, and puts it beside it. */
const dist = join(import.meta.dir, "../dist");
const binary = join(dist, "odin-gateway");
const sbom = `${binary}.cdx.json`;
const deb = await buildDeb({ binary, sbom, version: packageJson.version, outFolder: dist });
console.log(deb);
