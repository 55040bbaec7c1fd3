/** Writes the dashboard's page, compressed, to where `bun run build` takes it into the binary. */
import { buildPage } from "../src/dashboard/build-page.ts";

await Bun.write("dist/dashboard.html.gz", Bun.gzipSync(await buildPage(), { level: 9 }));
