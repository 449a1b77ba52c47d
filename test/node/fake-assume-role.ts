/**
 * An STS for roles only: it hands out one set of credentials and remembers what it was asked. Plain HTTP, for
 * AWS_ENDPOINT_URL_STS.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeSts {
  readonly url: string;
  /** Parameters of each call, and the access key ID that signed it. */
  readonly calls: Record<string, string>[];
  /** Answers every call with this error from now on. */
  fail(status: number, code: string): void;
  succeed(): void;
  close(): Promise<void>;
}

export const roleKey = {
  accessKeyId: 'ASIAROLEEXAMPLE',
  secretAccessKey: 'roleSecretEXAMPLE',
  sessionToken: 'roleTokenEXAMPLE',
} as const;

export async function listenFakeSts(expiration: Date): Promise<FakeSts> {
  const calls: Record<string, string>[] = [];
  let failure: { status: number; code: string } | undefined;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const [, signer = ''] = /Credential=([^/]+)/.exec(request.headers.authorization ?? '') ?? [];
    const call = { ...Object.fromEntries(new URLSearchParams(body)), signer };
    calls.push(call);
    response.setHeader('content-type', 'text/xml');
    response.statusCode = failure?.status ?? 200;
    response.end(
      failure === undefined
        ? success((call as { Action?: string }).Action ?? '', expiration)
        : error(failure.code),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fail: (status, code) => {
      failure = { status, code };
    },
    succeed: () => {
      failure = undefined;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function success(action: string, expiration: Date): string {
  const { accessKeyId, secretAccessKey, sessionToken } = roleKey;
  return (
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>` +
    `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>` +
    `<SessionToken>${sessionToken}</SessionToken><Expiration>${expiration.toISOString()}</Expiration></Credentials>` +
    `<AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/A/b</Arn><AssumedRoleId>AROAX:b</AssumedRoleId></AssumedRoleUser>` +
    `</${action}Result></${action}Response>`
  );
}

function error(code: string): string {
  return (
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
    `<Code>${code}</Code><Message>said of ${roleKey.secretAccessKey}</Message></Error></ErrorResponse>`
  );
}
