/**
 * An attacker in a process of its own: `bun attack.ts hold|churn URL COUNT`. `hold` opens so many connections of each slow kind
 * and waits until the gateway has cut them all; `churn` opens so many one after the other, 50 at a time, and leaves each in
 * some rude way. Prints what came of it as one line of JSON. A token of a client is in ATTACK_TOKEN.
 */

export {};

const [kind, url = "", countText = "0"] = process.argv.slice(2);
const count = Number(countText);
const { hostname, port } = new URL(url);
const POST = `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${process.env.ATTACK_TOKEN}\r\n`;
const GET = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
const BATCH = 50;

/** What a slow one sends first, and every second after that. */
const SLOW: Readonly<Record<string, readonly [string, string]>> = {
  "nothing at all": ["", ""],
  "half a header": ["GET /livez HTTP/1.1\r\nHo", ""],
  "a header, one byte a second": ["GET /livez HTTP/1.1\r\nX: ", "a"],
  "a header line a second": ["GET /livez HTTP/1.1\r\n", "X: y\r\n"],
  "a body that does not come": [`${POST}Content-Length: 1000\r\n\r\n`, ""],
  "a body that does not come, without a token": ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", ""],
  "a body, one byte a second": [`${POST}Content-Length: 100000\r\n\r\n`, "a"],
  "a chunk a second": [`${POST}Transfer-Encoding: chunked\r\n\r\n`, "1\r\na\r\n"],
  "a chunk's extension, one byte a second": [`${POST}Transfer-Encoding: chunked\r\n\r\n1;`, "a"],
  "an idle connection": [GET, ""],
};

/** What a rude one sends, before it is gone. */
const RUDE = ["", GET, `${GET}${GET}`, "\x16\x03\x01\x02\0", "GET / HT", `${POST}Content-Length: 500\r\n\r\nabc`];

interface Connection {
  readonly write: (text: string) => void;
  readonly end: () => void;
  /** Settles when it was closed, by whomever, or something came. */
  readonly closed: Promise<void>;
  readonly answered: Promise<void>;
}

async function open(): Promise<Connection> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: () => answer(),
      close() {
        close();
        answer();
      },
      error: () => close(),
    },
  });
  return {
    write: (text) => void socket.write(Buffer.from(text, "latin1")),
    end: () => socket.terminate(),
    closed,
    answered,
  };
}

/** Seconds after which the last connection of a slow kind was cut. */
async function hold([first, more]: readonly [string, string]): Promise<number> {
  const startedAt = performance.now();
  const connections = await Promise.all(Array.from({ length: count }, open));
  for (const { write } of connections) write(first);
  const timer = setInterval(() => {
    for (const { write } of more === "" ? [] : connections) write(more);
  }, 1_000);
  await Promise.all(connections.map(({ closed }) => closed));
  clearInterval(timer);
  return Math.round((performance.now() - startedAt) / 100) / 10;
}

async function churn(): Promise<number> {
  for (let done = 0; done < count; done += BATCH) {
    await Promise.all(
      Array.from({ length: BATCH }, async (_, index) => {
        const connection = await open();
        const text = RUDE[index % RUDE.length] ?? "";
        connection.write(text);
        if (text.includes("/livez")) await connection.answered;
        connection.end();
        await connection.closed;
      }),
    );
  }
  return count;
}

const result =
  kind === "hold"
    ? Object.fromEntries(await Promise.all(Object.entries(SLOW).map(async ([name, slow]) => [name, await hold(slow)])))
    : { connections: await churn() };
process.stdout.write(`${JSON.stringify(result)}\n`);
