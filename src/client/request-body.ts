/**
 * The body of a request that may have to be sent twice.
 *
 * @module
 */
import { BodyTooLargeError, readBytes } from '../lib/body.ts';

export interface RequestBody {
  /** What is to be sent; undefined where there is no body, or where the request's own is to be sent. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** Whether it can be sent again. */
  readonly repeatable: boolean;
}

/**
 * Reads the body of a request into memory, unless it is longer than `limit`: then the request keeps it, whole. Nobody
 * can tell a stream from a text in a Request, so both are read.
 *
 * @param limit in bytes
 */
export async function readRequestBody(request: Request, limit: number): Promise<RequestBody> {
  // By its method too: Firefox has no `Request.body`.
  if (request.body === null || request.method === 'GET' || request.method === 'HEAD')
    return { repeatable: true };
  const copy = request.clone();
  try {
    const bytes = copy.body ? await readBytes(copy.body, limit) : new Uint8Array(await copy.arrayBuffer());
    request.body?.cancel().catch(() => {}); // the bytes are sent instead
    return { bytes, repeatable: true };
  } catch (error) {
    if (error instanceof BodyTooLargeError) return { repeatable: false };
    throw error;
  }
}
