/**
 * The incumbent's verdict beside callerid's own.
 *
 * @module
 */
import type { Decision } from '../decide.ts';
import type { ReviewStatus, ReviewUser } from '../token-review.ts';
import { redact } from './redact.ts';

/** A field in which the two differ, with what each of them says; left out where one says nothing. */
export interface Difference {
  /** `authenticated`, `username`, `uid`, `groups`, or `extra.KEY`. */
  readonly field: string;
  readonly theirs?: Value;
  readonly ours?: Value;
  /** With `authenticated`: whom the one lets in that does. Of a foreign token nothing is told. */
  readonly user?: { readonly username: string; readonly groups: readonly string[] };
}

type Value = boolean | string | readonly string[] | undefined;

/**
 * Every difference; none where the two agree, and undefined where one of them did not judge. Compared is what was said,
 * to the letter; what is theirs in a difference is fit to be logged.
 */
export function compareVerdicts(
  theirs: ReviewStatus | undefined,
  ours: Decision | undefined,
): readonly Difference[] | undefined {
  if (theirs === undefined || ours === undefined) return undefined;
  if (ours.verdict === 'throttled' || ours.verdict === 'unavailable') return undefined;
  const their = theirs.authenticated ? theirs.user : undefined;
  const our = ours.verdict === 'mapped' ? ours.user : undefined;
  if (their !== undefined && our !== undefined) return compareUsers(fieldsOf(their), fieldsOf(our));
  const user = their ?? our;
  if (user === undefined) return [];
  const difference = { field: 'authenticated', theirs: user === their, ours: user === our };
  if (ours.verdict === 'foreign') return [difference];
  return [{ ...difference, user: { username: redact(user.username), groups: user.groups.map(redact) } }];
}

type Fields = ReadonlyMap<string, string | readonly string[]>;

/** The order of groups has no meaning. */
function fieldsOf({ username, uid, groups, extra }: ReviewUser): Fields {
  return new Map<string, string | readonly string[]>([
    ['username', username],
    ...(uid === undefined ? [] : [['uid', uid] as const]),
    ['groups', [...new Set(groups)].sort()],
    ...Object.entries(extra).map(([key, values]) => [`extra.${key}`, values] as const),
  ]);
}

function compareUsers(theirs: Fields, ours: Fields): Difference[] {
  return [...new Map([...theirs, ...ours]).keys()].flatMap((field) => {
    const [their, our] = [theirs.get(field), ours.get(field)];
    if (JSON.stringify(their) === JSON.stringify(our)) return [];
    const told = typeof their === 'string' ? redact(their) : their?.map(redact);
    return { field: redact(field), theirs: told, ours: our };
  });
}
