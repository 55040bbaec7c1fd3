import { createCustomer, MASTER_KEY_TEXT } from "../world.ts";

/** The customer of these tests' configs. */
export const acme = createCustomer("acme", { maxPeers: 100 });
/** A config with that customer and a user of /internal, and more if need be. */
export const configText = (more = "") =>
  `export default { http: { hostname: "127.0.0.1", port: 0 }, customers: [${JSON.stringify(acme.entry).replaceAll("null", "Infinity")}], internal: { users: { sfu: "hunter22" } }, masterKey: "${MASTER_KEY_TEXT}", ${more} };\n`;
/** A config without customers, of these settings and a log in JSON. */
export const bareConfigText = (settings: string) => `export default { logFormat: "json", ${settings} };\n`;
/** A config without customers. */
export const BARE_CONFIG = bareConfigText('http: { hostname: "127.0.0.1", port: 0 }');
