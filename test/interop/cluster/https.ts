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
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
}

/** Sends a request, a POST where there is a body, and reads the answer. */
export function ask(url: string, { caPem, token, method, body, form }: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const content = contentOf(body, form);
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(content && { 'content-type': content.type }),
    };
    const sent = request(
      url,
      { ca: caPem, headers, method: method ?? (content ? 'POST' : 'GET'), timeout: 60_000 },
      async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode ?? 0, text });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(content?.text);
  });
}

function contentOf(
  body: RequestOptions['body'],
  form: RequestOptions['form'],
): { readonly type: string; readonly text: string } | undefined {
  if (body !== undefined) return { type: 'application/json', text: JSON.stringify(body) };
  if (form === undefined) return undefined;
  return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
}
