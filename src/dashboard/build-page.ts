/**
 * Makes the dashboard's page of its sources: one HTML text with its scripts and styles in it. Not for the binary, which has
 * the page in it and no sources.
 */
export async function buildPage(): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [`${import.meta.dir}/page/page.html`],
    compile: true,
    target: "browser",
    minify: true,
  });
  const [page] = outputs;
  if (!page) throw new Error("the bundler gave no page");
  return page.text();
}
