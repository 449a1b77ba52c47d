/**
 * An issuer of JWTs as AWS has one for each account (outbound identity federation), for tests: it signs
 * tokens, publishes its keys, and fails on demand. Web standards and jose: it runs wherever callerid does.
 *
 * @module
 */
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** What the issuer signs with. */
export type JwtIssuerAlgorithm = 'RS256' | 'ES384';

/**
 * How fetching goes wrong: no connection, a redirect, the true answer behind 1 MiB of white space, or a discovery document of another
 * issuer.
 */
export type JwtIssuerFault = 'down' | 'redirect' | 'oversize' | 'wrong-issuer';

/** Options of {@link createJwtIssuerEmulator}. */
export interface JwtIssuerEmulatorOptions {
  /** Whose issuer it is: 12 digits. */
  readonly account: string;
  /** Its URL. Default `https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws`. */
  readonly issuer?: string | undefined;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/** What a token says, as the request `sts:GetWebIdentityToken` and its caller decide it. */
export interface EmulatedJwt {
  /** One text, or a list. */
  readonly audience: string | readonly string[];
  /** The ARN of a role or user. */
  readonly sub: string;
  /** Default `ES384`. */
  readonly algorithm?: JwtIssuerAlgorithm | undefined;
  /** In seconds. Default 300. */
  readonly duration?: number | undefined;
  /** Claims below `https://sts.amazonaws.com/`, such as `org_id`, `principal_tags` and `request_tags`. */
  readonly aws?: Readonly<Record<string, unknown>> | undefined;
  /** Further claims, and others in place of the usual ones. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** An emulated issuer. Its functions need no `this`. */
export interface JwtIssuerEmulator {
  /** Its URL. */
  readonly issuer: string;
  /**
   * Answers with the discovery document and the keys. Fits where a `fetch` is wanted.
   *
   * @throws TypeError, as the platform's `fetch` does, for another host
   */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
  /** URLs that were asked for, oldest first. */
  readonly calls: readonly string[];
  /** Signs a token. */
  readonly issueToken: (token: EmulatedJwt) => Promise<string>;
  /** Signs with new keys from now on. The keys until now stay published, those before them do not. */
  readonly rotate: () => void;
  /** Spoils every request from now on; `undefined` ends that. */
  readonly setFault: (fault: JwtIssuerFault | undefined) => void;
}

const algorithms: readonly JwtIssuerAlgorithm[] = ['RS256', 'ES384'];

interface Key {
  readonly algorithm: JwtIssuerAlgorithm;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK & { readonly kid: string };
}

/**
 * Makes an emulated issuer.
 *
 * @example
 * ```ts
 * const aws = createJwtIssuerEmulator({ account: '111122223333' });
 * const jwts = awsJwts({ issuers: [{ issuer: aws.issuer, account: '111122223333' }], fetch: aws.fetch });
 * const token = await aws.issueToken({
 *   audience: 'https://orders.example.com',
 *   sub: 'arn:aws:iam::111122223333:role/Orders',
 * });
 * ```
 */
export function createJwtIssuerEmulator(options: JwtIssuerEmulatorOptions): JwtIssuerEmulator {
  const { account, clock = Date.now } = options;
  const { issuer = 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws' } = options;
  const calls: string[] = [];
  let generations = 1;
  let made: Promise<readonly Key[]>[] = [];
  let fault: JwtIssuerFault | undefined;

  /** The newest first. Made when they are wanted: nothing is random while a Worker starts. */
  const published = (): Promise<readonly Key[]>[] => {
    if (made.length === 0) made = [makeKeys(generations)];
    return made;
  };

  const documentAt = async (path: string): Promise<object | undefined> => {
    if (path === '/.well-known/openid-configuration') {
      const named = fault === 'wrong-issuer' ? `${issuer}.example.com` : issuer;
      return { issuer: named, jwks_uri: `${issuer}/.well-known/jwks.json` };
    }
    if (path !== '/.well-known/jwks.json') return undefined;
    const keys = (await Promise.all(published())).flat();
    return { keys: keys.map(({ jwk }) => jwk) };
  };

  return {
    issuer,
    calls,
    rotate() {
      const [newest] = published();
      generations++;
      made = [makeKeys(generations), ...(newest === undefined ? [] : [newest])];
    },
    setFault(next) {
      fault = next;
    },
    async issueToken({ audience, sub, algorithm = 'ES384', duration = 300, aws, claims }) {
      const keys = (await published()[0]) ?? [];
      const key = keys.find((one) => one.algorithm === algorithm);
      if (key === undefined) throw new TypeError('no such algorithm');
      const iat = Math.floor(clock() / 1000);
      const own = { aws_account: account, source_region: 'us-east-1', ...aws };
      const times = { iat, exp: iat + duration, jti: crypto.randomUUID() };
      const usual = { iss: issuer, aud: audience, sub, ...times, 'https://sts.amazonaws.com/': own };
      const token = new SignJWT({ ...usual, ...claims } as Record<string, unknown>);
      return token.setProtectedHeader({ alg: algorithm, kid: key.jwk.kid, typ: 'JWT' }).sign(key.privateKey);
    },
    async fetch(input, init) {
      const url = input instanceof Request ? input.url : String(input);
      init?.signal?.throwIfAborted();
      if (!url.startsWith(`${issuer}/`)) throw new TypeError('fetch failed: another host');
      calls.push(url);
      if (fault === 'down') throw new TypeError('fetch failed');
      if (fault === 'redirect') {
        return new Response(null, { status: 302, headers: { location: 'https://attacker.example.com/' } });
      }
      const document = await documentAt(url.slice(issuer.length));
      if (document === undefined) return new Response('no such page', { status: 404 });
      const padding = fault === 'oversize' ? ' '.repeat(1024 * 1024) : '';
      return new Response(padding + JSON.stringify(document), {
        headers: { 'content-type': 'application/json' },
      });
    },
  };
}

async function makeKeys(generation: number): Promise<readonly Key[]> {
  return Promise.all(
    algorithms.map(async (algorithm) => {
      const { publicKey, privateKey } = await generateKeyPair(algorithm);
      const kid = `${algorithm}_${generation}`;
      const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
      return { algorithm, privateKey, jwk };
    }),
  );
}
