/**
 * EC2 and STS as a look-up meets them: DescribeInstances and AssumeRole in the shape of their recorded answers. It
 * checks signatures by another library than the one that made them.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

export const account = '111122223333';
export const otherAccount = '444455556666';
export const region = 'eu-west-1';
export const start: number = Date.UTC(2026, 10, 24, 12, 0, 0);

export const lookupKey = {
  accessKeyId: 'AKIAEXAMPLELOOKUP',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYLOOKUPKEY',
};

export interface FakeInstance {
  readonly id: string;
  /** Default {@link account}. */
  readonly owner?: string;
  /** Default `running`. */
  readonly state?: string;
  /** Default a name as EC2 gives it. */
  readonly name?: string;
  /** Accounts whose calls see it; default its owner. */
  readonly seenBy?: readonly string[];
}

export interface FakeCall {
  readonly host: string;
  readonly action: string;
  readonly accessKeyId: string;
  readonly form: URLSearchParams;
  /** IDs that are asked for. */
  readonly ids: readonly string[];
  readonly init: RequestInit;
}

interface Key {
  readonly account: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAt?: number;
}

/** Answers a call in place of the fake, where it gives something. */
export type Fault = (call: FakeCall) => Response | Promise<Response> | undefined;

/** The ID of an instance, by a number. */
export function idOf(number: number): string {
  return `i-${number.toString(16).padStart(17, '0')}`;
}

export function nameOf(id: string): string {
  return `ip-10-0-${Number.parseInt(id.slice(-4, -2), 16)}-${Number.parseInt(id.slice(-2), 16)}.${region}.compute.internal`;
}

export class Ec2Fake {
  readonly calls: FakeCall[] = [];
  instances: readonly FakeInstance[];
  now: number = start;
  fault: Fault | undefined;
  /** Instances in a page, where a call allows as many. */
  pageSize = 1000;
  /** Seconds that assumed credentials are good for. */
  sessionSeconds = 3600;
  readonly #keys = new Map<string, Key>([
    [lookupKey.accessKeyId, { account, secretAccessKey: lookupKey.secretAccessKey }],
  ]);
  #sessions = 0;

  constructor(instances: readonly FakeInstance[] = []) {
    this.instances = instances;
  }

  pass(seconds: number): void {
    this.now += seconds * 1000;
  }

  /** Actions that were called, in order. */
  get actions(): string[] {
    return this.calls.map(({ action }) => action);
  }

  /** Ends the credentials of every session at once, as a revocation does. */
  revokeSessions(): void {
    for (const [id, key] of this.#keys) if (key.sessionToken !== undefined) this.#keys.delete(id);
  }

  readonly fetch = (async (input: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const form = new URLSearchParams(String(init.body));
    const [, accessKeyId = ''] = /Credential=([^/]+)\//.exec(headers.get('authorization') ?? '') ?? [];
    const ids = [...form].filter(([name]) => name.startsWith('Filter.1.Value.')).map(([, value]) => value);
    const { host } = new URL(input);
    const call: FakeCall = { host, action: form.get('Action') ?? '', accessKeyId, form, ids, init };
    this.calls.push(call);
    return (await this.fault?.(call)) ?? this.#answer(call, headers);
  }) as typeof fetch;

  async #answer(call: FakeCall, headers: Headers): Promise<Response> {
    const key = this.#keys.get(call.accessKeyId);
    const isSts = call.host.startsWith('sts.');
    if (key === undefined) return isSts ? stsError('InvalidClientTokenId') : ec2Error(401, 'AuthFailure');
    if (key.expiresAt !== undefined && key.expiresAt <= this.now) return ec2Error(400, 'RequestExpired');
    const expected = await authorizationFor(call, key, headers);
    if (headers.get('authorization') !== expected || this.#isLate(headers)) {
      return isSts ? stsError('SignatureDoesNotMatch') : ec2Error(401, 'AuthFailure');
    }
    return isSts ? this.#assumeRole(call) : this.#describe(call, key.account);
  }

  #isLate(headers: Headers): boolean {
    const [, y, mo, d, h, mi, s] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers.get('x-amz-date') ?? '') ?? [];
    const at = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
    return !(Math.abs(at - this.now) <= 5 * 60_000);
  }

  #assumeRole({ form }: FakeCall): Response {
    const [, of = ''] = /^arn:aws:iam::(\d{12}):role\/Lookup$/.exec(form.get('RoleArn') ?? '') ?? [];
    if (of === '') return stsError('AccessDenied');
    const id = `ASIAEXAMPLE${String(++this.#sessions).padStart(4, '0')}`;
    const expiresAt = this.now + this.sessionSeconds * 1000;
    const key = {
      account: of,
      secretAccessKey: `session/SECRET+${id}`,
      sessionToken: `tok//en+${id}==`,
      expiresAt,
    };
    this.#keys.set(id, key);
    const expiration = new Date(expiresAt).toISOString().replace('.000', '');
    return xml(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>AROAEXAMPLEID0000000L:callerid</AssumedRoleId>
      <Arn>arn:aws:sts::${of}:assumed-role/Lookup/callerid</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${id}</AccessKeyId>
      <SecretAccessKey>${key.secretAccessKey}</SecretAccessKey>
      <SessionToken>${key.sessionToken}</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials>
  </AssumeRoleResult>
  <ResponseMetadata>
    <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>`);
  }

  #describe({ form, ids }: FakeCall, caller: string): Response {
    const asked = new Set(ids);
    const seen = this.instances.filter(
      ({ id, owner = account, seenBy = [owner] }) => asked.has(id) && seenBy.includes(caller),
    );
    const size = Math.min(this.pageSize, Number(form.get('MaxResults')));
    const from = Number(form.get('NextToken')?.replace('page/', '') ?? 0);
    const next = from + size < seen.length ? `page/${from + size}` : undefined;
    return xml(describeAnswer(seen.slice(from, from + size), next));
  }
}

/** What another signer makes of the same request. */
async function authorizationFor(call: FakeCall, key: Key, headers: Headers): Promise<string | undefined> {
  const { accessKeyId, host, init } = call;
  const { secretAccessKey, sessionToken } = key;
  const isSts = host.startsWith('sts.');
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    region,
    service: isSts ? 'sts' : 'ec2',
    sha256: Sha256,
    applyChecksum: false,
  });
  const stamp = headers.get('x-amz-date') ?? '';
  const signingDate = new Date(
    stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  const { headers: signed } = await signer.sign(
    { method: 'POST', protocol: 'https:', hostname: host, path: '/', headers: { host }, body: init.body },
    { signingDate },
  );
  return signed.authorization;
}

/** The answer to DescribeInstances, one reservation for each instance. */
export function describeAnswer(instances: readonly FakeInstance[], nextToken?: string): string {
  const set =
    instances.length === 0
      ? '<reservationSet/>'
      : `<reservationSet>${instances.map(item).join('')}
    </reservationSet>`;
  const next = nextToken === undefined ? '' : `<nextToken>${nextToken}</nextToken>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>8f7724cf-496f-496e-8fe3-example</requestId>
    ${set}
    ${next}
</DescribeInstancesResponse>`;
}

function item({ id, owner = account, state = 'running', name = nameOf(id) }: FakeInstance): string {
  const dnsName = name === '' ? '<privateDnsName/>' : `<privateDnsName>${name}</privateDnsName>`;
  return `
        <item>
            <reservationId>r-1234567890abcdef0</reservationId>
            <ownerId>${owner}</ownerId>
            <groupSet/>
            <instancesSet>
                <item>
                    <instanceId>${id}</instanceId>
                    <imageId>ami-bff32ccc</imageId>
                    <instanceState>
                        <code>16</code>
                        <name>${state}</name>
                    </instanceState>
                    ${dnsName}
                    <dnsName>ec2-54-194-252-215.eu-west-1.compute.amazonaws.com</dnsName>
                    <reason/>
                    <instanceType>t2.micro</instanceType>
                    <placement><availabilityZone>eu-west-1c</availabilityZone><tenancy>default</tenancy></placement>
                    <privateIpAddress>10.0.0.12</privateIpAddress>
                    <tagSet>
                        <item><key>Name</key><value>a &amp; b &lt;c&gt; &#13; ü</value></item>
                        <item><key>instanceId</key><value>${idOf(0xbad)}</value></item>
                    </tagSet>
                    <networkInterfaceSet>
                        <item>
                            <networkInterfaceId>eni-551ba033</networkInterfaceId>
                            <ownerId>999999999999</ownerId>
                            <privateDnsName>ip-192-168-1-88.eu-west-1.compute.internal</privateDnsName>
                            <attachment><instanceOwnerId>999999999999</instanceOwnerId></attachment>
                        </item>
                    </networkInterfaceSet>
                </item>
            </instancesSet>
            <requesterId>940372691376</requesterId>
        </item>`;
}

export function ec2Error(status: number, code: string, message = 'AWS says so'): Response {
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>0a1b</RequestID></Response>`;
  return xml(body, status);
}

export function stsError(code: string, status = 403, message = 'AWS says so'): Response {
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>${code}</Code>
    <Message>${message}</Message>
  </Error>
  <RequestId>0a1b</RequestId>
</ErrorResponse>`;
  return xml(body, status);
}

export function xml(body: string, status = 200): Response {
  return new Response(body, { status, headers: { 'content-type': 'text/xml;charset=UTF-8' } });
}
