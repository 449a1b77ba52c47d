/**
 * What became of a real token: the way of a user from end to end.
 *
 * @module
 */
import { mappingRefusals } from '../../errors/mapping.ts';
import { shown } from '../text.ts';
import { type Finding, fail, ok } from './examination.ts';
import { noReview, readReview } from './review.ts';
import type { WebhookAnswer } from './webhook-call.ts';

export function signedFinding(answer: WebhookAnswer): Finding {
  const review = readReview(answer);
  if (review === undefined) return noReview(answer);
  const { authenticated, username, groups, canonicalArn, error } = review;
  if (authenticated === true && username !== undefined) {
    const groupList = groups.length === 0 ? 'in no group' : `[${groups.join(', ')}]`;
    const who = canonicalArn === undefined ? '' : `${canonicalArn} `;
    return ok(
      shown(`${who}comes in as ${username}, ${groupList} (decision ${answer.decisionId ?? 'unknown'})`),
    );
  }
  const [, code = ''] = /^(\w+): /.exec(error ?? '') ?? [];
  return fail(`refused: ${shown(error ?? 'without a reason')}`, fixFor(code));
}

function fixFor(code: string): string {
  if (Object.hasOwn(mappingRefusals, code)) {
    return 'callerid explain says which rule comes nearest; the policy of the cluster decides';
  }
  const own: Readonly<Record<string, string>> = {
    sts_signature_mismatch:
      'check that --audience is the audience of the cluster (CALLERID_AUDIENCE, else its ID)',
    region_not_allowed: 'give --region one that CALLERID_REGIONS takes, or add it there',
    host_not_sts: 'give --region one of the partition in CALLERID_PARTITION',
    date_in_future: 'set the clocks of this machine and of the webhook',
    token_expired: 'set the clocks of this machine and of the webhook',
  };
  return own[code] ?? 'see this code in docs/codes.md, and the decision in the log of the webhook';
}
