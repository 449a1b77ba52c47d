/**
 * A body, read in one go where its length holds, and counted where it does not.
 */
import { describe, expect, test } from 'vitest';
import { BodyTooLargeError, readMessageText } from '../../src/lib/body.ts';

const limit = 16;

/** A body of one byte after the other, which says how many were taken. */
function drops(size: number): { readonly body: ReadableStream<Uint8Array>; readonly taken: () => number } {
  let taken = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken === size) return controller.close();
        taken++;
        controller.enqueue(new Uint8Array([0x61]));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken: () => taken };
}

/** As a server hands it in: not every runtime lets a request with each of these headers be made. */
function requestOf(size: number, headers: Record<string, string>) {
  const { body, taken } = drops(size);
  const text = () => new Response(body).text();
  return { request: { headers: new Headers(headers), body, text }, taken };
}

describe.each([true, false])('where lengthHolds is %s', (lengthHolds) => {
  test.each([
    ['with its length', { 'content-length': '16' }],
    ['without a length', {}],
  ])('a body at the limit is read, %s', async (_, headers) => {
    const { request } = requestOf(limit, headers as Record<string, string>);
    expect(await readMessageText(request, { maxBytes: limit, lengthHolds })).toBe('a'.repeat(limit));
  });

  test.each([
    ['a length beyond the limit, unread', { 'content-length': '17' }, 0],
    ['no length', {}, limit + 1],
    [
      'attack: a packed body, whose length is that of the packet',
      { 'content-length': '1', 'content-encoding': 'gzip' },
      limit + 1,
    ],
    [
      'attack: a length beside chunks, which override it, as Deno and workerd hand it on',
      { 'content-length': '1', 'transfer-encoding': 'chunked' },
      limit + 1,
    ],
    [
      'attack: chunks in other letters',
      { 'content-length': '1', 'transfer-encoding': 'gzip, Chunked' },
      limit + 1,
    ],
    ['attack: a length that is no number', { 'content-length': '1, 1' }, limit + 1],
    ['attack: an empty length', { 'content-length': '' }, limit + 1],
    ['attack: a negative length', { 'content-length': '-1' }, limit + 1],
    ['attack: a length in hexadecimal', { 'content-length': '0x1' }, limit + 1],
  ])('a body beyond it is refused: %s', async (_, headers, read) => {
    const { request, taken } = requestOf(1000, headers as Record<string, string>);
    const reading = readMessageText(request, { maxBytes: limit, lengthHolds });
    await expect(reading).rejects.toBeInstanceOf(BodyTooLargeError);
    expect(taken()).toBe(read);
  });
});

test('attack: a length that lies, from somebody who is no server', async () => {
  const { request, taken } = requestOf(1000, { 'content-length': '1' });
  const reading = readMessageText(request, { maxBytes: limit, lengthHolds: false });
  await expect(reading).rejects.toBeInstanceOf(BodyTooLargeError);
  expect(taken()).toBe(limit + 1);
});
