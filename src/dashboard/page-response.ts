import type { PageFile } from "./page-file.ts";

const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "private, no-cache",
  Vary: "Accept-Encoding",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), publickey-credentials-get=(), usb=()",
};

/** Answers a request for the page: whole, compressed if the browser can take that, or that it has not changed. */
export function toPageResponse(request: Request, { html, gzip, etag, scripts, styles }: PageFile): Response {
  const headers: Record<string, string> = {
    ...HEADERS,
    ETag: etag,
    "Content-Security-Policy": [
      "default-src 'none'",
      `script-src ${scripts}`,
      `style-src ${styles}`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
  };
  if (hasTag(request, etag)) return new Response(null, { status: 304, headers });
  if (!takesGzip(request)) return new Response(html, { headers });
  return new Response(gzip, { headers: { ...headers, "Content-Encoding": "gzip" } });
}

/** Weak comparison. Source: RFC 9110, section 13.1.2. */
function hasTag({ headers }: Request, etag: string): boolean {
  const opaque = etag.replace(/^W\//, "");
  const given = (headers.get("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return given.includes(opaque) || given.includes("*");
}

/** Source: RFC 9110, section 12.5.3. */
function takesGzip({ headers }: Request): boolean {
  return (headers.get("accept-encoding") ?? "")
    .split(",")
    .some((coding) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}
