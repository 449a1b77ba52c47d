/**
 * Reading a body without trusting its length.
 *
 * @module
 */

/** Thrown by `readText` where the body is longer than allowed. */
export class BodyTooLargeError extends Error {}

/**
 * Reads a body as UTF-8 text and stops as soon as more than `limit` bytes have come. Counted are the bytes as they
 * are read: a runtime decodes gzip by itself and leaves content-length as the compressed one, so that header tells
 * nothing.
 *
 * @param limit in bytes
 */
export async function readText(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > limit) {
      reader.cancel().catch(() => {});
      throw new BodyTooLargeError(`the body is longer than ${limit} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
