import type { Standing } from "./standing.ts";

/** Where the state is that several gateways share, and what to do while it is gone. */
export interface SharingOptions {
  /** `redis://`, `rediss://` or `redis+unix://`. */
  readonly redis: string;
  /** Certificates of who signed that of Redis, PEM. */
  readonly ca?: string | undefined;
  readonly keyPrefix: string;
  readonly onOutage: "degrade" | "refuse";
  /** Where it is kept for whom this gateway acted alone. */
  readonly unsharedFile?: string | undefined;
}

/** How a gateway stands to those with which it shares its fleet. */
export interface Sharing extends Standing {
  /** How many gateways there are, this one among them. */
  readonly gateways: number;
}
