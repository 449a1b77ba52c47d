/**
 * The routes that callerid is measured against: what a service would do that trusts whatever it is told.
 *
 * @module
 */
import { Hono } from 'hono/tiny';

export interface Reply {
  /** What is answered: as long as callerid's answer. */
  readonly answer: string;
  /** What is logged besides, so that the line is as long as callerid's. */
  readonly padding: string;
}

export interface YardstickOptions {
  /** SHA-256 of the caller's secret, in hexadecimal digits. */
  readonly secretDigest: string;
  /** By path. */
  readonly replies: Readonly<Record<string, Reply>>;
  /** What the bare proxy fetches: a pre-signed URL. */
  readonly url: string;
  readonly audience: string;
}

/** A reply comes after checking the secret, parsing and logging; `/proxy` fetches what callerid would fetch. */
export function createYardsticks({ secretDigest, replies, url, audience }: YardstickOptions): Hono {
  const expected = Uint8Array.from(secretDigest.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const app = new Hono();
  for (const [path, { answer, padding }] of Object.entries(replies)) {
    app.post(path, async (c) => {
      const startedAt = Date.now();
      const [, secret = ''] = c.req.header('authorization')?.split(' ') ?? [];
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
      let difference = 0;
      for (let index = 0; index < expected.length; index++)
        difference |= (expected[index] ?? 0) ^ (digest[index] ?? 0);
      if (difference !== 0) return c.json({ error: 'unauthorized' }, 401);
      const { kind, apiVersion, spec } = await c.req.json();
      const id = crypto.randomUUID();
      console.log(
        JSON.stringify({
          event: 'yardstick',
          time: new Date(startedAt).toISOString(),
          id,
          kind,
          apiVersion,
          length: spec.token.length,
          padding,
          durationMs: Date.now() - startedAt,
        }),
      );
      return c.body(answer, 200, { 'content-type': 'application/json' });
    });
  }
  app.post('/proxy', async (c) => {
    await c.req.text();
    const response = await fetch(url, {
      headers: { accept: 'application/json', 'x-k8s-aws-id': audience },
      redirect: 'manual',
      cache: 'no-store',
    });
    return c.body(await response.text(), 200, { 'content-type': 'application/json' });
  });
  return app;
}

/** Sends what is for the yardsticks to them, and all else to the product. */
export function isYardstick(url: string): boolean {
  return /\/(?:yardstick(?:\/foreign)?|proxy)$/.test(url);
}
