import { dlopen } from "bun:ffi";

/** What the service manager and the tests of it need of the C library, which Bun has no calls of its own for. */
const SYMBOLS = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
} as const;

/** glibc, then musl. */
const NAMES = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`, "libc.so"];

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDTIMEO = 21;
const MSG_NOSIGNAL = 0x4000;
const CLOCK_MONOTONIC = 1;
/** Length of sun_path. Source: unix(7). */
const MAX_PATH = 108;
/** Receivers queue a few datagrams and then make senders wait: so long at most, as everything else waits too. */
const SEND_DEADLINE_SEC = 2n;

/** Sends datagrams to one address until disposed. */
export interface DatagramSender extends Disposable {
  /** Says whether the datagram was taken. */
  readonly send: (text: string) => boolean;
  /** Microseconds of CLOCK_MONOTONIC, which `process.hrtime` is not: that counts from the start of the process. */
  readonly monotonicUsec: () => bigint;
}

/** Opens a sender to a Unix datagram socket: a path, or `@name` for an abstract one. Throws an Error that says why not. */
export function createDatagramSender(address: string): DatagramSender {
  const to = toSocketAddress(address);
  const { symbols: libc, close } = openLibc();
  const descriptor = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    close();
    throw new Error("the system gives no socket");
  }
  libc.setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, new BigInt64Array([SEND_DEADLINE_SEC, 0n]), 16);
  return {
    send(text) {
      const bytes = Buffer.from(text);
      return libc.sendto(descriptor, bytes, bytes.length, MSG_NOSIGNAL, to, to.length) === BigInt(bytes.length);
    },
    monotonicUsec() {
      const time = new BigInt64Array(2);
      libc.clock_gettime(CLOCK_MONOTONIC, time);
      const [sec = 0n, nsec = 0n] = time;
      return sec * 1_000_000n + nsec / 1_000n;
    },
    [Symbol.dispose]() {
      libc.close(descriptor);
      close();
    },
  };
}

/** A `sockaddr_un`; throws an Error if the address is none. Source: unix(7), "Address format". */
export function toSocketAddress(address: string): Buffer {
  if (!/^[@/]./.test(address)) throw new Error(`"${address}" is neither a path nor an abstract name`);
  const path = Buffer.from(address.startsWith("@") ? `\0${address.slice(1)}` : `${address}\0`);
  if (path.length > MAX_PATH) throw new Error(`"${address}" is longer than ${MAX_PATH - 1} bytes`);
  const family = Buffer.from(new Uint16Array([AF_UNIX]).buffer);
  return Buffer.concat([family, path]);
}

function openLibc() {
  for (const name of NAMES) {
    try {
      return dlopen(name, SYMBOLS);
    } catch {
      // The next name may be the one.
    }
  }
  throw new Error(`there is no C library named ${NAMES.join(", ")}`);
}
