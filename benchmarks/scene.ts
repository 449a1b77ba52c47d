/**
 * What all loads have in common: a cluster, its policy, a caller and tokens.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Policy } from '../src/mapping/rule.ts';
import { decodeToken, encodeToken } from '../src/token/encoding.ts';
import { signToken } from '../src/token/sign.ts';

export const cluster = 'prod.example.com';
export const secret = 'benchmark-api-server-secret-0123456789';
export const secretDigest: string = createHash('sha256').update(secret).digest('hex');
export const endpoint = { host: 'sts.us-east-1.amazonaws.com', region: 'us-east-1' } as const;
export const account = '111122223333';

/** Whom STS names, whoever asks. */
export const caller = {
  Account: account,
  Arn: `arn:aws:sts::${account}:assumed-role/Team-3/alice@example.com`,
  UserId: 'AROAEXAMPLEEXAMPLE123:alice@example.com',
} as const;

/** What the policy calls that caller. */
export const username = 'team-3:alice-example.com';

export function policyOf(size: number): Policy {
  return {
    rules: Array.from({ length: size }, (_, index) => ({
      role: `arn:aws:iam::${account}:role/Team-${index}`,
      username: `team-${index}:{{SessionName}}`,
      groups: [`team-${index}`, 'developers'],
    })),
  };
}

/** A token as `aws eks get-token` makes it with temporary credentials: 1.6 kB. */
export async function freshToken(): Promise<string> {
  const { token } = await signToken(
    {
      accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      sessionToken: `FwoGZXIvYXdzEXAMPLE${randomBytes(520).toString('base64')}`,
    },
    { audience: cluster, endpoint },
  );
  return token;
}

/** The URL in a token. */
export function presignedUrlOf(token: string): string {
  const decoded = decodeToken(token);
  if (!decoded.ok) throw new Error(decoded.code);
  return decoded.url;
}

/** So many tokens that differ in their signature alone, as the stub of STS looks at none. */
export async function distinctTokens(count: number): Promise<readonly string[]> {
  const head = presignedUrlOf(await freshToken()).slice(0, -64);
  return Array.from({ length: count }, () => encodeToken(head + randomBytes(32).toString('hex')));
}

/** Somebody else's: a ServiceAccount's JWT by its form, 1 kB. */
export function foreignToken(): string {
  const part = (length: number) => randomBytes(length).toString('base64url');
  return `eyJhbGciOiJSUzI1NiIsImtpZCI6IkVYQU1QTEUifQ.eyJ${part(520)}.${part(256)}`;
}

/** What an API server sends. */
export function reviewOf(token: string): string {
  return JSON.stringify({
    kind: 'TokenReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: null },
    spec: { token, audiences: ['https://kubernetes.default.svc.cluster.local'] },
    status: { user: {} },
  });
}

export const headers = {
  authorization: `Bearer ${secret}`,
  'content-type': 'application/json',
  accept: 'application/json, */*',
  'user-agent': 'kube-apiserver/v1.36.3 (linux/amd64) kubernetes/1234567',
} as const;
