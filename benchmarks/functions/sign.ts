/**
 * Signing a token.
 *
 * @module
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { signToken } from '../../src/token/sign.ts';
import { inTurn, nsOfAwaited } from '../batches.ts';
import type { Extent, Figure } from '../figure.ts';
import { beside } from './beside.ts';
import { audience, credentialSamples, endpoint, now } from './samples.ts';

/**
 * Beside the AWS SDK's signer with the hashes of Node, which it calls without a wait. Nobody signs twice with one credential
 * within 50 others: the SDK keeps as many derived keys, and signToken none, for a command signs once.
 */
export function signFigure(extent: Extent): Promise<Figure> {
  const credentials = credentialSamples('session');
  const signers = credentials.map(
    ({ accessKeyId, secretAccessKey, sessionToken = '' }) =>
      new SignatureV4({
        service: 'sts',
        region: endpoint.region,
        credentials: { accessKeyId, secretAccessKey, sessionToken },
        sha256: NodeSha256,
      }),
  );
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname: endpoint.host,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host: endpoint.host, 'x-k8s-aws-id': audience },
  };
  const ours = (turn: number) => signToken(inTurn(credentials, turn), { audience, endpoint, now });
  const yardstick = (turn: number) =>
    inTurn(signers, turn).presign(request, { expiresIn: 60, signingDate: new Date(now) });
  return beside(
    'sign',
    (ms) => nsOfAwaited(ours, ms),
    (ms) => nsOfAwaited(yardstick, ms),
    extent,
  );
}

class NodeSha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}
