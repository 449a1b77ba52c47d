/**
 * Credentials of the roles that look up instances, one per account.
 *
 * @module
 */
import type { Ec2OutageCode } from '../errors/ec2.ts';
import { type Refused, refuse } from '../errors/refusal.ts';
import { Flights, type TaskContext } from '../lib/flights.ts';
import { readCredentials, type SessionCredentials } from './answer.ts';
import { type Call, type CallOptions, callAws, withinDeadline } from './call.ts';
import type { Credentials } from './sign.ts';

/** Credentials are renewed so long before their end, in milliseconds. */
const marginMs = 5 * 60_000;
const maxAnswerBytes = 64 * 1024;

export interface RoleCredentialsOptions extends Omit<CallOptions, 'signal'> {
  readonly host: string;
  readonly region: string;
  /** Those that may assume the roles. */
  readonly credentials: Credentials;
  /** For one call to STS, in milliseconds. */
  readonly deadlineMs: number;
}

type Assumed = { readonly ok: true; readonly credentials: SessionCredentials } | Refused<Ec2OutageCode>;

/** Assumes roles, and keeps their credentials until shortly before their end. */
export class RoleCredentials {
  readonly #options: RoleCredentialsOptions;
  readonly #held = new Map<string, SessionCredentials>();
  readonly #flights: Flights<Assumed>;

  constructor(options: RoleCredentialsOptions) {
    this.#options = options;
    this.#flights = new Flights(options.deadlineMs);
  }

  /** Never throws; a failure is not held. */
  async get(roleArn: string, context: TaskContext | undefined): Promise<Assumed> {
    return this.#fresh(roleArn) ?? this.#flights.join(roleArn, () => this.#assume(roleArn), context);
  }

  /** What EC2 refused is not used again. */
  forget(roleArn: string): void {
    this.#held.delete(roleArn);
  }

  #fresh(roleArn: string): Assumed | undefined {
    const credentials = this.#held.get(roleArn);
    if (credentials === undefined || !(this.#options.clock() < credentials.expiresAt - marginMs))
      return undefined;
    return { ok: true, credentials };
  }

  /** Has a deadline of its own: whoever else waits for these credentials does not share that of the first. */
  async #assume(roleArn: string): Promise<Assumed> {
    const { host, region, credentials, deadlineMs, fetch, clock } = this.#options;
    const call: Call = {
      service: 'sts',
      host,
      region,
      parameters: [
        ['Action', 'AssumeRole'],
        ['Version', '2011-06-15'],
        ['RoleArn', roleArn],
        ['RoleSessionName', 'callerid'],
      ],
      credentials,
      maxBytes: maxAnswerBytes,
    };
    const answer = await withinDeadline(deadlineMs, (signal) => callAws(call, { fetch, clock, signal }));
    const given = answer.ok ? read(answer.body) : answer;
    if (given.ok && clock() < given.credentials.expiresAt) this.#held.set(roleArn, given.credentials);
    return given;
  }
}

function read(body: string): Assumed {
  try {
    const credentials = readCredentials(body);
    if (credentials !== undefined) return { ok: true, credentials: Object.freeze(credentials) };
  } catch {
    // not the XML of STS
  }
  return refuse('ec2_answer_unexpected');
}
