/**
 * Decides on one request as STS would: who signed it, or which error it earns.
 *
 * Codes, statuses and messages are those of the AWS API reference ("Common errors"), of the IAM User Guide
 * ("Troubleshoot signed requests") and of answers reported from the field. AWS does not publish the order of
 * its checks; here it is action, completeness, key, session, scope, time, signature.
 *
 * @module
 */
import type { StsError } from './answers.ts';
import type { Principal } from './principals.ts';
import {
  type CredentialScope,
  formatTimestamp,
  isSignedBy,
  parseCredential,
  parseQuery,
  parseTimestamp,
  type QueryParameters,
  signatureAlgorithm,
} from './sigv4.ts';

/** A request as it reached the emulator. */
export interface IncomingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Value of the `Host` header. */
  readonly host: string;
}

/** What a request is judged against. */
export interface VerificationContext {
  /** Region of the host that was asked. */
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly principalOf: (accessKeyId: string) => Principal | undefined;
}

/** Either who signed, or why that is not known. */
export type Verdict = { readonly principal: Principal } | { readonly error: StsError };

/** A signature lives this long after its X-Amz-Date, whatever X-Amz-Expires says. */
const signatureLifetimeMinutes = 15;
/** A clock may be ahead of STS's by this much. */
const clockSkewMinutes = 5;

const minuteMs = 60_000;
const knownAction = 'GetCallerIdentity';
const knownVersion = '2011-06-15';

const invalidToken = error(
  403,
  'InvalidClientTokenId',
  'The security token included in the request is invalid.',
);
const expiredToken = error(403, 'ExpiredToken', 'The security token included in the request is expired');
const missingToken = error(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
const badSignature = signatureError(
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
);

/** Judges a request to an STS host. */
export async function verifyRequest(
  request: IncomingRequest,
  context: VerificationContext,
): Promise<Verdict> {
  const parameters = parseQuery(request.url.search);
  if (parameters === undefined) {
    return { error: error(404, 'MalformedQueryString', 'The query string contains a syntax error.') };
  }
  const signing = readSigningParameters(request, parameters);
  if ('error' in signing) return signing;

  const principal = context.principalOf(signing.scope.accessKeyId);
  if (principal === undefined || principal.sessionToken !== signing.sessionToken)
    return { error: invalidToken };
  if (principal.expiration !== undefined && context.now >= Number(principal.expiration)) {
    return { error: expiredToken };
  }

  const refusal = checkScope(signing, context.region) ?? checkTime(signing, context.now);
  if (refusal !== undefined) return { error: refusal };

  const headers = collectSignedHeaders(request, signing.signedHeaders);
  if ('error' in headers) return headers;
  const signed = {
    method: request.method,
    path: request.url.pathname,
    parameters,
    signedHeaders: headers.values,
    timestamp: signing.timestamp,
  };
  const genuine = await isSignedBy(principal.secretAccessKey, signing.scope, signed, signing.signature);
  return genuine ? { principal } : { error: badSignature };
}

interface SigningParameters {
  readonly scope: CredentialScope;
  readonly timestamp: string;
  /** Milliseconds since the epoch. */
  readonly signedAt: number;
  readonly signedHeaders: readonly string[];
  readonly sessionToken: string | undefined;
  readonly signature: string;
}

type Failure = { readonly error: StsError };

/** Action first (STS has actions that nobody signs), then the parameters of a query signature. */
function readSigningParameters(
  request: IncomingRequest,
  parameters: QueryParameters,
): SigningParameters | Failure {
  const values = firstValues(parameters);
  const refusal = checkAction(request, values);
  if (refusal !== undefined) return { error: refusal };

  const algorithm = values.get('X-Amz-Algorithm');
  if (algorithm === undefined && !values.has('X-Amz-Signature')) return { error: missingToken };
  const names = [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Signature',
    'X-Amz-SignedHeaders',
    'X-Amz-Date',
  ];
  const missing = names.filter((name) => !values.get(name));
  if (missing.length > 0) {
    const complaints = missing.map((name) => `AWS query-string parameters must include '${name}'. `);
    return incomplete(`${complaints.join('')}Re-examine the query-string parameters.`);
  }
  const value = (name: string): string => values.get(name) ?? '';
  if (algorithm !== signatureAlgorithm) return incomplete(`Unsupported AWS 'algorithm': '${algorithm}'.`);

  const credential = value('X-Amz-Credential');
  const scope = parseCredential(credential);
  if (scope === undefined) {
    return incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  const timestamp = value('X-Amz-Date');
  const signedAt = parseTimestamp(timestamp);
  if (signedAt === undefined) {
    return incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  return {
    scope,
    timestamp,
    signedAt,
    signedHeaders: value('X-Amz-SignedHeaders').toLowerCase().split(';'),
    sessionToken: values.get('X-Amz-Security-Token'),
    signature: value('X-Amz-Signature'),
  };
}

function checkAction(request: IncomingRequest, values: ReadonlyMap<string, string>): StsError | undefined {
  if (request.url.pathname !== '/') return error(404, 'UnknownOperationException', 'STS answers at / only.');
  if (request.method !== 'GET')
    return error(405, 'MethodNotAllowed', 'This emulator of STS answers GET only.');
  const action = values.get('Action');
  if (!action)
    return error(400, 'MissingAction', 'The request is missing an action or a required parameter.');
  const version = values.get('Version') ?? 'null';
  if (action === knownAction && version === knownVersion) return undefined;
  return error(400, 'InvalidAction', `Could not find operation ${action} for version ${version}`);
}

/** STS lists everything that is wrong with a scope, in this order. */
function checkScope({ scope, timestamp }: SigningParameters, region: string): StsError | undefined {
  const complaints: string[] = [];
  if (scope.region !== region) complaints.push('Credential should be scoped to a valid region.');
  if (scope.service !== 'sts') complaints.push("Credential should be scoped to correct service: 'sts'.");
  if (scope.terminator !== 'aws4_request') {
    complaints.push(
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${scope.terminator}'.`,
    );
  }
  const date = timestamp.slice(0, 8);
  if (scope.date !== date) {
    complaints.push(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${date}', from '${timestamp}'.`,
    );
  }
  return complaints.length === 0 ? undefined : signatureError(complaints.join(' '));
}

/** Both ends belong to the window: the URL of 15 minutes ago to the second is still good. */
function checkTime({ signedAt, timestamp }: SigningParameters, now: number): StsError | undefined {
  const seconds = now - (now % 1000);
  const oldest = seconds - signatureLifetimeMinutes * minuteMs;
  const newest = seconds + clockSkewMinutes * minuteMs;
  if (signedAt < oldest) {
    return signatureError(
      `Signature expired: ${timestamp} is now earlier than ${formatTimestamp(oldest)} (${formatTimestamp(now)} - ${signatureLifetimeMinutes} min.)`,
    );
  }
  if (signedAt > newest) {
    return signatureError(
      `Signature not yet current: ${timestamp} is still later than ${formatTimestamp(newest)} (${formatTimestamp(now)} + ${clockSkewMinutes} min.)`,
    );
  }
  return undefined;
}

function collectSignedHeaders(
  request: IncomingRequest,
  names: readonly string[],
): { readonly values: readonly (readonly [string, string])[] } | Failure {
  if (!names.includes('host')) {
    return {
      error: signatureError("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
    };
  }
  const values: [string, string][] = [];
  for (const name of names) {
    const value = name === 'host' ? request.host : headerValue(request.headers, name);
    if (value === null) {
      return {
        error: signatureError(
          `'${name}' is named as a SignedHeader, but it does not exist in the HTTP request`,
        ),
      };
    }
    values.push([name, value]);
  }
  return { values };
}

/** `Headers.get` throws on what cannot be a header's name; such a header is simply not in the request. */
function headerValue(headers: Headers, name: string): string | null {
  return /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) ? headers.get(name) : null;
}

function firstValues(parameters: QueryParameters): ReadonlyMap<string, string> {
  return new Map(parameters.toReversed());
}

function error(status: number, code: string, message: string): StsError {
  return { status, code, message };
}

function signatureError(message: string): StsError {
  return error(403, 'SignatureDoesNotMatch', message);
}

function incomplete(message: string): Failure {
  return { error: error(400, 'IncompleteSignature', message) };
}
