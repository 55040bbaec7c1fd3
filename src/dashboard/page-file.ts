import { buildPage } from "./build-page.ts";

/** A page as it is sent, with what its headers need to know of it. */
export interface PageFile {
  readonly html: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  /** For `If-None-Match`: it holds for both forms, and so is a weak one. */
  readonly etag: string;
  /** The scripts and styles that stand in the page, as a Content-Security-Policy lists them. */
  readonly scripts: string;
  readonly styles: string;
}

/** Name that the page has in the binary, but for what the compiler adds. `bun run build` puts it there. */
const EMBEDDED = "dashboard.html";

/** Loads the page: the one that the binary has in it, or else one that is made of the sources at this moment. */
export async function loadPage(files: readonly Blob[] = Bun.embeddedFiles): Promise<PageFile> {
  const embedded = files.find((file) => "name" in file && String(file.name).startsWith(EMBEDDED));
  if (!embedded) return toPageFile(await buildPage());
  const gzip = await embedded.bytes();
  return toPageFile(new TextDecoder().decode(Bun.gunzipSync(gzip)), gzip);
}

/** What has to be known of a page to send it; throws if it is none. */
export function toPageFile(text: string, gzip = Bun.gzipSync(text)): PageFile {
  const html = new TextEncoder().encode(text);
  return {
    html,
    gzip,
    etag: `W/"${new Bun.CryptoHasher("sha256").update(html).digest("base64url")}"`,
    scripts: toSources(text, "script"),
    styles: toSources(text, "style"),
  };
}

/** Hashes of the elements' texts. Source: Content Security Policy Level 3, section 2.3.1. */
function toSources(html: string, element: "script" | "style"): string {
  const texts = html.matchAll(new RegExp(`<${element}\\b[^>]*>([\\s\\S]*?)</${element}>`, "g"));
  const hashes = [...texts].map(([, text = ""]) => new Bun.CryptoHasher("sha256").update(text).digest("base64"));
  return hashes.length === 0 ? "'none'" : hashes.map((hash) => `'sha256-${hash}'`).join(" ");
}
