/** An answer as it came over a connection. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const HEADER_END = Buffer.from("\r\n\r\n");
const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) /;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/**
 * Reads HTTP/1.1 answers with a Content-Length out of the chunks of a connection, wherever they are cut; throws an Error at
 * anything else. It does as little as it can: it runs beside what it measures.
 */
export function createResponseParser(onAnswer: (answer: HttpAnswer) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    let bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    while (bytes.length > 0) {
      const headerLength = bytes.indexOf(HEADER_END);
      const head = headerLength < 0 ? undefined : parseHead(bytes.toString("latin1", 0, headerLength));
      const bodyStart = headerLength + HEADER_END.length;
      if (head === undefined || bytes.length < bodyStart + head.length) {
        rest = Buffer.from(bytes);
        return;
      }
      const end = bodyStart + head.length;
      onAnswer({ status: head.status, body: bytes.toString("utf8", bodyStart, end) });
      bytes = bytes.subarray(end);
    }
  };
}

function parseHead(text: string): { status: number; length: number } {
  const status = STATUS_LINE.exec(text)?.[1];
  const length = CONTENT_LENGTH.exec(text)?.[1];
  if (status === undefined || length === undefined)
    throw new Error(`this is no answer with a length: ${JSON.stringify(text.slice(0, 200))}`);
  return { status: Number(status), length: Number(length) };
}
