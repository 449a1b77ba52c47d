/**
 * Comparing what STS answered with what was expected.
 *
 * @module
 */
import { readIdentity } from '../../../identity/identity.ts';
import { member } from '../../../lib/json.ts';
import { readAnswer, type StsAnswer } from '../../../sts/answer.ts';
import { partitionOf } from '../../../sts/endpoints.ts';
import { shown } from '../../text.ts';
import type { StsExchange } from '../sts-exchange.ts';
import type { Expected } from './questions.ts';

/** An answer, read as the verifier reads it, with what else is compared. */
export interface Seen {
  readonly status: number;
  readonly contentType: string | null;
  readonly code: string | undefined;
  /** Only how it begins: STS may repeat the request in it, with its session token. */
  readonly message: string | undefined;
  /** A code of callerid's, or `identity`. */
  readonly reading: string;
  readonly canonicalArn: string | undefined;
}

/** @param region that was signed for */
export function readExchange(
  { status, contentType, body }: StsExchange,
  region: string,
  accessKeyId: string,
): Seen {
  const answer = readAnswer(status, contentType, body);
  const error = member(parsed(body), 'Error');
  const partition = partitionOf(region) ?? 'aws';
  const caller =
    answer.kind === 'identity' ? readIdentity(answer.caller, { partition, accessKeyId }) : undefined;
  return {
    status,
    contentType,
    code: textOf(error, 'Code'),
    message: textOf(error, 'Message')?.split(/[.:]/)[0]?.slice(0, 80),
    reading: answer.kind === 'identity' && caller === undefined ? 'sts_answer_unexpected' : readingOf(answer),
    canonicalArn: caller?.canonicalArn,
  };
}

function readingOf(answer: StsAnswer): string {
  switch (answer.kind) {
    case 'identity':
      return 'identity';
    case 'refused':
      return answer.refusal.code;
    case 'throttled':
      return 'sts_throttled';
    case 'no-verdict':
      return answer.code;
  }
}

/** Whether STS was too busy or too broken to say: that is no difference. */
export function isUnasked({ reading }: Seen): boolean {
  return reading === 'sts_throttled' || reading === 'sts_failing';
}

export function isAsExpected(seen: Seen, { status, code, message = '', reading }: Expected): boolean {
  return (
    seen.status === status &&
    seen.code === code &&
    (seen.message ?? '').startsWith(message) &&
    seen.reading === reading
  );
}

/** What was expected, in a line of the same form as `describeSeen`. */
export function describeExpected({ status, code, message, reading }: Expected): string {
  return describe([status, code ?? 'application/json', message && `"${message}…"`], reading);
}

export function describeSeen({ status, contentType, code, message, reading }: Seen): string {
  return shown(
    describe([status, code ?? contentType ?? 'no content type', message && `"${message}…"`], reading),
  );
}

function describe(words: readonly unknown[], reading: string): string {
  return `${words.filter((word) => word !== undefined && word !== '').join(' ')}, read as ${reading}`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}
