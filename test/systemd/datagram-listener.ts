import { dlopen } from "bun:ffi";
import { toSocketAddress } from "../../src/systemd/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_DONTWAIT = 0x40;

/** A Unix datagram socket that listens, as the service manager's does. */
export interface DatagramListener extends Disposable {
  /** Datagrams that have come since the last call. */
  readonly take: () => string[];
  /** Waits for a datagram that matches; those before it are dropped. Throws once nobody is there to send one. */
  readonly waitFor: (pattern: RegExp, isOver?: () => boolean) => Promise<string>;
}

/** Binds a socket to a path, or `@name` for an abstract one. */
export function listenForDatagrams(address: string): DatagramListener {
  const { symbols: libc } = dlopen("libc.so.6", {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  });
  const descriptor = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  const at = toSocketAddress(address);
  if (libc.bind(descriptor, at, at.length) !== 0) throw new Error(`cannot listen on ${address}`);
  const buffer = Buffer.alloc(4096);
  const receive = () => {
    const length = Number(libc.recv(descriptor, buffer, buffer.length, MSG_DONTWAIT));
    return length < 0 ? undefined : buffer.toString("utf8", 0, length);
  };
  return {
    take() {
      const all: string[] = [];
      for (let one = receive(); one !== undefined; one = receive()) all.push(one);
      return all;
    },
    async waitFor(pattern, isOver = () => false) {
      for (;;) {
        const mayBeLast = isOver();
        const one = receive();
        if (one !== undefined && pattern.test(one)) return one;
        if (one === undefined && mayBeLast) throw new Error(`the sender ended before it said ${pattern}`);
        if (one === undefined) await Bun.sleep(10);
      }
    },
    [Symbol.dispose]: () => void libc.close(descriptor),
  };
}
