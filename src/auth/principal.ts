/** How much of the fleet a customer may use at a time, over all pools; `Infinity` for no limit. */
export interface Limits {
  readonly maxPeers: number;
  readonly maxRooms: number;
}

/** Who calls the public API, and what their token lets them do. */
export interface ClientPrincipal {
  readonly customer: string;
  readonly namespace: string;
  readonly limits: Limits;
  /** Tags that a server has to carry, all of them, to host the rooms. */
  readonly tags: readonly string[];
  /** `customer`: signed by a customer's key. `server`: a reconnect token. `unverified`: a demo customer's, checked by nobody. */
  readonly provenance: "customer" | "server" | "unverified";
  readonly user: string;
  /** Rooms of the token, without duplicates, in the order of the token. */
  readonly rooms: readonly string[];
  /** Whether the token's `rid` was a list: the issued token keeps the form. */
  readonly roomsAreList: boolean;
  /** Methods that the token covers, in lower case; absent for all of them. */
  readonly methods: ReadonlySet<string> | undefined;
  /** Address of the server that the customer would like for a room that has none yet. */
  readonly preferredServer: string | undefined;
}

/** What a user of `/internal` may call: a server its two methods, an operator everything. */
export type InternalRole = "server" | "operator";

/** Who calls `/internal`. */
export interface InternalPrincipal {
  readonly name: string;
  readonly role: InternalRole;
  /** The only public endpoints that this server may speak for; absent for any. */
  readonly endpoints: ReadonlySet<string> | undefined;
  /** Tags that its servers carry beside those of their own configs. */
  readonly tags: readonly string[];
}
