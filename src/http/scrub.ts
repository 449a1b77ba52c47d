/**
 * Accounts whose principals are not to be named: scrubbed, as aws-iam-authenticator calls it.
 *
 * @module
 */
import type { CallerFields } from './caller-fields.ts';
import type { ShadowRecord } from './log.ts';
import type { RequestRecord, Sink } from './sink.ts';

/** Account IDs of 12 digits. */
export type ScrubbedAccounts = ReadonlySet<string>;

/** What says nothing of who it was. */
type Impersonal = 'stsHost' | 'stsRequestId' | 'jwtId' | 'cached' | 'ageMs' | 'verifiedAt';

/** Everything else. A rule and a reason may quote an ARN or a session name. */
const personal: Readonly<
  Record<Exclude<keyof CallerFields, Impersonal> | 'author' | 'rule' | 'reason' | 'username', undefined>
> = {
  arn: undefined,
  canonicalArn: undefined,
  account: undefined,
  principalId: undefined,
  accessKeyId: undefined,
  sessionName: undefined,
  sourceIdentity: undefined,
  jwtIssuer: undefined,
  author: undefined,
  rule: undefined,
  reason: undefined,
  username: undefined,
};

/**
 * A sink that hands records on, those of scrubbed accounts without what is personal.
 *
 * @param scrubbed by the ID of the cluster
 */
export function scrubbing(sink: Sink, scrubbed: ReadonlyMap<string | undefined, ScrubbedAccounts>): Sink {
  return {
    record(record) {
      if (record.event === 'circuit') return sink.record(record);
      const accounts = scrubbed.get(record.cluster);
      const account = accountOf(record);
      if (account !== undefined && accounts?.has(account)) sink.record(scrub(record));
      // Whose account it is was not found out, and the other authenticator may have named them.
      else sink.record(account === undefined && accounts !== undefined ? withScrubbedShadow(record) : record);
    },
  };
}

function accountOf(record: RequestRecord): string | undefined {
  // of the admin API, whose author is an ARN
  return record.event === 'admin' ? record.author?.split(':')[4] : record.account;
}

function scrub(record: RequestRecord): RequestRecord {
  return withScrubbedShadow({ ...record, ...personal, scrubbed: true });
}

function withScrubbedShadow(record: RequestRecord): RequestRecord {
  if (!('shadow' in record) || record.shadow === undefined) return record;
  return { ...record, shadow: scrubShadow(record.shadow) };
}

/** In what they differ is told, and not what each of them says. */
function scrubShadow({ outcome, theirs, httpStatus, differences }: ShadowRecord): ShadowRecord {
  return { outcome, theirs, httpStatus, differences: differences?.map(({ field }) => ({ field })) };
}
