/**
 * Reading a body without trusting its length.
 *
 * @module
 */

/** Thrown where a body is longer than allowed. It is answered, or handled, and gets to nobody else. */
export class BodyTooLargeError extends Error {}

/** A request or a response. */
interface Message {
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  text(): Promise<string>;
}

/** How much of a body is read. */
export interface BodyLimits {
  /** Longest body, in bytes. */
  readonly maxBytes: number;
  /**
   * Whether no body is ever longer than its content-length where that is what ends it, as is so of what comes over HTTP (RFC 9112,
   * section 6.3; RFC 9113, section 8.1.1). Such a body is read in one go, which takes a fifth of the time.
   */
  readonly lengthHolds: boolean;
}

/** Where these are, the length is that of what was packed, or means nothing (RFC 9112, section 6.3); and some runtimes show both. */
const unboundBy = ['content-encoding', 'transfer-encoding'] as const;

/**
 * Reads a body as UTF-8 text. A length that is told can refuse unread.
 *
 * @throws {BodyTooLargeError}
 */
export async function readMessageText(
  message: Message,
  { maxBytes, lengthHolds }: BodyLimits,
): Promise<string> {
  const length = message.headers.get('content-length') ?? '';
  if (Number(length) > maxBytes) throw new BodyTooLargeError();
  const holds =
    lengthHolds && /^[0-9]+$/.test(length) && !unboundBy.some((name) => message.headers.has(name));
  return holds ? message.text() : readText(message.body, maxBytes);
}

/**
 * Reads a body as UTF-8 text and stops as soon as more than `limit` bytes have come.
 *
 * @param limit in bytes
 */
export async function readText(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  await readChunks(body, limit, (chunk) => {
    text += decoder.decode(chunk, { stream: true });
  });
  return text + decoder.decode();
}

/**
 * Reads the bytes of a body and stops as soon as more than `limit` have come.
 *
 * @param limit in bytes
 */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  const size = await readChunks(body, limit, (chunk) => chunks.push(chunk));
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/**
 * Counted are the bytes as they are read: a runtime decodes gzip by itself and leaves content-length as the compressed
 * one, so that header tells nothing.
 */
async function readChunks(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  take: (chunk: Uint8Array) => void,
): Promise<number> {
  if (body === null) return 0;
  const reader = body.getReader();
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return size;
    size += value.byteLength;
    if (size > limit) {
      reader.cancel().catch(() => {});
      throw new BodyTooLargeError();
    }
    take(value);
  }
}
