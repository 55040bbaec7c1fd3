/**
 * The gateway of this machine. Saving this file, or one that it names, puts it in force; a fault changes nothing and is in
 * the journal. To look first, as root:
 *
 *   CREDENTIALS_DIRECTORY=/etc/odin-gateway odin-gateway check --config /etc/odin-gateway/gateway.config.ts
 */
export default {
  http: { hostname: "0.0.0.0", port: 7000 },

  // Who may let players in. `odin-gateway keygen --id my-game` makes a key, and prints the entry that belongs there.
  customersFile: "customers.json",
  // The list is empty after installation. Take this out when it no longer is: an export that failed is empty too.
  allowEmptyCustomers: true,

  internal: {
    // Where the world reaches port 7000: servers, operators and metrics on a port of their own, which it does not reach.
    // listen: { hostname: "10.0.0.5", port: 7001 },
    users: {
      // Servers attach with a name and a password, http://sfu:the-password@gateway.example.com:7000/internal:
      // sfu: "the-password",
      // An operator may also call RoomClose and the like everywhere, and Reload:
      // admin: { password: "another-password", role: "operator" },
    },
  },

  // Made by the installation in /etc/odin-gateway/master.key, and handed over by systemd (LoadCredential=).
  masterKey: { credential: "master.key" },

  // The journal adds time and level to each line; "json" suits those who ship it elsewhere.
  logFormat: "pretty",
};
