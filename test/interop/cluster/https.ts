/**
 * Requests to servers whose certificates come from an authority of our own.
 *
 * @module
 */
import { request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface RequestOptions {
  readonly caPem: string;
  readonly token?: string;
  readonly method?: string;
  readonly body?: object;
}

/** Sends a request, with a body as JSON, and reads the answer. */
export function ask(url: string, { caPem, token, method, body }: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const sent = request(
      url,
      { ca: caPem, headers, method: method ?? (body === undefined ? 'GET' : 'POST'), timeout: 60_000 },
      async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode ?? 0, text });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
