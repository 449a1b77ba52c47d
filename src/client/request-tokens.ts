/**
 * The tokens of one `createFetch`: held where one serves many requests, else made for each.
 *
 * @module
 */
import type { SignedToken } from '../token/sign.ts';
import { createNonce, nonceHeader } from '../token/suffix.ts';
import { createToken, type TokenOptions } from './create-token.ts';
import { type CredentialSource, resolveCredentials } from './credentials.ts';

/** Which tokens `createFetch` makes, and by whose credentials. */
export interface RequestTokenOptions extends Omit<TokenOptions, 'request' | 'nonce' | 'now'> {
  /** AWS credentials, or a function that gives them, such as a provider of an AWS SDK. */
  readonly credentials: CredentialSource;
  /**
   * Binds each token to its request, method, URL and body: a stolen one can only repeat it. Every body is read into
   * memory for that, however long. Default false.
   */
  readonly bound?: boolean;
  /** Makes each token good for one use, with a nonce in the header `callerid-nonce`. Default false. */
  readonly oneTime?: boolean;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/** Requests share values here and no promise: on Workers a promise of another request may never settle. */
export class RequestTokens {
  readonly #options: RequestTokenOptions;
  readonly #signing: Omit<TokenOptions, 'request' | 'nonce' | 'now'>;
  #held: SignedToken | undefined;
  #refreshNext = false;

  constructor(options: RequestTokenOptions) {
    this.#options = options;
    const { credentials, bound, oneTime, clock, ...signing } = options;
    this.#signing = signing;
  }

  /** The service has refused a token: the one that is held goes, and the next comes of new credentials. */
  refused(): void {
    this.#held = undefined;
    this.#refreshNext = true;
  }

  /** The headers that authenticate a request. `body` are the bytes that it sends. */
  async headersFor(
    request: Request,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<[name: string, value: string][]> {
    const { bound, oneTime } = this.#options;
    if (!bound && !oneTime) return [authorization(await this.#shared())];
    const { method, url } = request;
    const nonce = oneTime ? createNonce() : undefined;
    const signed = await this.#sign({
      ...(bound ? { request: { method, url, body } } : {}),
      ...(nonce === undefined ? {} : { nonce }),
    });
    return nonce === undefined ? [authorization(signed)] : [authorization(signed), [nonceHeader, nonce]];
  }

  async #shared(): Promise<SignedToken> {
    const { clock = Date.now } = this.#options;
    if (this.#held !== undefined && clock() < this.#held.expiresAt.getTime()) return this.#held;
    const signed = await this.#sign({});
    this.#held = signed;
    return signed;
  }

  async #sign(binding: Pick<TokenOptions, 'request' | 'nonce'>): Promise<SignedToken> {
    const { credentials, clock = Date.now } = this.#options;
    const resolving = resolveCredentials(credentials, this.#refreshNext);
    this.#refreshNext = false; // with nothing awaited since `refused`, so that whoever was refused gets the new ones
    const resolved = await resolving;
    return createToken(resolved, { ...this.#signing, ...binding, now: clock() });
  }
}

function authorization({ token }: SignedToken): [name: string, value: string] {
  return ['authorization', `Bearer ${token}`];
}
