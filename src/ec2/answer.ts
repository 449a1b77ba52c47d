/**
 * Reading what EC2 and STS answered to a signed call of ours, strictly.
 *
 * @module
 */

import type { Ec2OutageCode } from '../errors/ec2.ts';
import { type Refused, refuse } from '../errors/refusal.ts';
import { isThrottling } from '../sts/answer.ts';
import { isAccessKeyId } from '../token/access-key.ts';
import { readElements, readXml, XmlError } from './xml.ts';

/** What EC2 says of one instance; what else it says is not read. */
export interface Instance {
  readonly instanceId: string;
  /** Account that owns the reservation: 12 digits. */
  readonly ownerId: string;
  /** `pending`, `running`, `shutting-down`, … */
  readonly state: string;
  /** Empty where there is none (yet, or any more). */
  readonly privateDnsName: string;
}

export interface InstancePage {
  readonly instances: readonly Instance[];
  readonly nextToken: string | undefined;
}

/** Credentials of a session, as AssumeRole gives them. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Longest token of a next page that is taken, in characters. */
const maxNextTokenLength = 8192;

const response = 'DescribeInstancesResponse';
const reservation = `${response}/reservationSet/item`;
const instance = `${reservation}/instancesSet/item`;

const instanceFields: ReadonlyMap<string, keyof Instance> = new Map([
  [`${instance}/instanceId`, 'instanceId'],
  [`${instance}/instanceState/name`, 'state'],
  [`${instance}/privateDnsName`, 'privateDnsName'],
]);

/** Reads a page of DescribeInstances. @throws {XmlError} */
export function readInstances(body: string): InstancePage {
  const instances: Instance[] = [];
  const page = new Map<string, string>();
  let fields: Partial<Record<keyof Instance, string>> = {};
  let reserved: Omit<Instance, 'ownerId'>[] = [];
  let ownerId: string | undefined;
  readXml(body, (path, text) => {
    const field = instanceFields.get(path);
    if (field !== undefined) {
      if (fields[field] !== undefined) throw new XmlError(`has ${field} twice`);
      fields[field] = text;
    } else if (path === instance) {
      const { instanceId, state, privateDnsName = '' } = fields;
      if (!instanceId || !state) throw new XmlError('has an instance without an ID or a state');
      reserved.push({ instanceId, state, privateDnsName });
      fields = {};
    } else if (path === `${reservation}/ownerId`) {
      if (ownerId !== undefined) throw new XmlError('has ownerId twice');
      ownerId = text;
    } else if (path === reservation) {
      const owner = ownerId;
      if (!owner) throw new XmlError('has a reservation without an owner');
      instances.push(...reserved.map((one) => ({ ...one, ownerId: owner })));
      [reserved, ownerId] = [[], undefined];
    } else if (path === `${response}/reservationSet` || path === `${response}/nextToken`) {
      if (page.has(path)) throw new XmlError('has an element twice');
      page.set(path, text);
    }
  });
  if (!page.has(`${response}/reservationSet`)) throw new XmlError('is no list of instances');
  const nextToken = page.get(`${response}/nextToken`) || undefined;
  if (nextToken !== undefined && nextToken.length > maxNextTokenLength) throw new XmlError('is too long');
  return { instances, nextToken };
}

const assumed = 'AssumeRoleResponse/AssumeRoleResult/Credentials';

/** Reads the answer to AssumeRole; undefined where it holds no credentials. @throws {XmlError} */
export function readCredentials(body: string): SessionCredentials | undefined {
  const names = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'].map(
    (name) => `${assumed}/${name}`,
  );
  const found = readElements(body, names);
  const [accessKeyId = '', secretAccessKey = '', sessionToken = '', expiration = ''] = names.map((name) =>
    found.get(name),
  );
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(expiration);
  const expiresAt = isTime ? Date.parse(expiration) : Number.NaN;
  const credentials = { accessKeyId, secretAccessKey, sessionToken, expiresAt };
  return isCredentials(credentials) && !Number.isNaN(expiresAt) ? credentials : undefined;
}

/** Whether these could be credentials: what goes into a header is printable, whoever gave it. */
export function isCredentials(credentials: {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}): boolean {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return (
    isAccessKeyId(accessKeyId) &&
    /^[\x21-\x7e]{1,256}$/.test(secretAccessKey) &&
    (sessionToken === undefined || /^[\x21-\x7e]{1,8192}$/.test(sessionToken))
  );
}

/** Error codes of EC2 and STS that blame our credentials (EC2 and STS API references, Common Errors). */
const credentialsRefused: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'Blocked',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'MissingAuthenticationToken',
  'OptInRequired',
  'PendingVerification',
  'RegionDisabledException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

/** What an answer other than 200 means. EC2 throttles with status 503, so its code counts first. */
export function readFailure(status: number, body: string): Refused<Ec2OutageCode> {
  const code = status >= 400 ? errorCode(body) : '';
  if (status === 429 || isThrottling(code) || code === 'EC2ThrottledException')
    return refuse('ec2_throttled');
  if (status >= 500) return refuse('ec2_failing');
  // The code is one of the list, so it holds nothing that somebody else wrote.
  return credentialsRefused.has(code)
    ? refuse('ec2_credentials_refused', code)
    : refuse('ec2_answer_unexpected');
}

function errorCode(body: string): string {
  const wanted = ['Response/Errors/Error/Code', 'ErrorResponse/Error/Code'];
  try {
    const found = readElements(body, wanted);
    return wanted.map((path) => found.get(path)).find((code) => code !== undefined) ?? '';
  } catch {
    return '';
  }
}
