/** What happened, as the outside saw it; times are those of `performance`, in milliseconds. */
export interface History {
  readonly attempts: Attempt[];
  readonly slots: Slot[];
  readonly calls: BackendCall[];
  /** Answers other than 200, by what was asked and the status. */
  readonly statuses: Map<string, number>;
}

/** A Connect, and how it was answered. */
export interface Attempt {
  readonly gateway: number;
  readonly customer: string;
  readonly room: string;
  readonly user: string;
  readonly sentAt: number;
  /** When it was answered, or given up. */
  answeredAt: number;
  /** Of HTTP; 0 if there was no answer. */
  status: number;
  /** Of the error in the answer; 0 for none. */
  code: number;
  /** Empty without a result. */
  address: string;
}

/** What a user holds who was admitted. */
export interface Slot {
  readonly attempt: Attempt;
  /** When the user came to the server; undefined for one who never did. */
  joinedAt?: number;
  /** When a report was answered that shows the user. */
  shownAt?: number;
  leftAt?: number;
  /** When the first report went out that no longer shows the user. */
  goneAt?: number;
}

/** What a backend asked for. */
export interface BackendCall {
  readonly kind: TaskKind;
  readonly id: number;
  readonly gateway: number;
  readonly customer: string;
  readonly room: string;
  /** Whom it is about; undefined for the whole room. */
  readonly user: string | undefined;
  readonly banSec: number;
  readonly sentAt: number;
  answeredAt: number;
  /** Whether the gateway said that it is done. */
  isAcknowledged: boolean;
  /** Servers that were told of it. */
  readonly receivedBy: Set<string>;
}

/** What a server may be told to do. */
export type TaskKind = "RoomClose" | "RoomBanClient" | "RoomUpdate" | "RoomSendMessage";

/** Creates a history in which nothing has happened. */
export function createHistory(): History {
  return { attempts: [], slots: [], calls: [], statuses: new Map() };
}

/** Takes note of an answer's HTTP status. */
export function noteStatus({ statuses }: History, asked: string, status: number): void {
  if (status === 200 || status === 0) return;
  const key = `${asked} ${status}`;
  statuses.set(key, (statuses.get(key) ?? 0) + 1);
}

/** Names a room of a customer, whose only namespace has the customer's name. */
export function toRoomId(customer: string, room: string): string {
  return `${customer}/${room}`;
}
