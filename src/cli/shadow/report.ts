/**
 * What many reviews in shadow mode come to. Its memory does not grow with the log.
 *
 * @module
 */
import type { LoggedDifference, ShadowLine } from './record.ts';

/** One way in which one principal is judged differently; what is told is from the latest time. */
export interface DifferenceGroup {
  readonly cluster: string | undefined;
  /** The canonical ARN, or who else it is. */
  readonly who: string;
  readonly field: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly theirs: Side;
  readonly ours: Side & { readonly rule: string | undefined; readonly policyVersion: number | undefined };
  /** Of the latest review. */
  readonly decisionId: string;
}

interface Side {
  readonly value: LoggedDifference['theirs'];
  /** Whom it lets in, where the other does not. */
  readonly user: LoggedDifference['user'];
  readonly reason: string | undefined;
}

export interface ShadowReport {
  /** Times of the first and the last review; undefined where there is none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Reviews by which both let in the same user. */
  readonly granted: number;
  /** Reviews of somebody who is proven, and whom both keep out. */
  readonly denied: number;
  readonly differed: number;
  /** Reviews of tokens that prove nobody, which both refuse. They say nothing of the policy. */
  readonly refused: number;
  /** Reviews of somebody else's tokens, which both refuse. Nor do they. */
  readonly foreign: number;
  /** Reviews without two verdicts, by who gave none and why: `ours: sts_throttled`, `theirs: shadow_no_verdict, HTTP 502`. */
  readonly notCompared: Readonly<Record<string, number>>;
  /** Lines of shadow mode that this version cannot read. */
  readonly unread: number;
  readonly otherLines: number;
  readonly differences: readonly DifferenceGroup[];
  /** Of principals and fields beyond those that are listed. */
  readonly unlisted: number;
}

/** What two that agree have agreed on, by callerid's verdict. */
const agreements: Readonly<Record<string, 'granted' | 'denied' | 'refused' | 'foreign'>> = {
  mapped: 'granted',
  denied: 'denied',
  refused: 'refused',
  foreign: 'foreign',
};

const maxGroups = 5000;
/** Longest list of groups that is kept of a side. */
const maxListed = 100;

export class Report {
  readonly #groups = new Map<string, DifferenceGroup>();
  readonly #notCompared = new Map<string, number>();
  readonly #counts = {
    granted: 0,
    denied: 0,
    differed: 0,
    refused: 0,
    foreign: 0,
    unread: 0,
    otherLines: 0,
    unlisted: 0,
  };
  #from: string | undefined;
  #to: string | undefined;

  count(what: 'unread' | 'otherLines', by = 1): void {
    this.#counts[what] += by;
  }

  add(line: ShadowLine): void {
    const { time, verdict, shadow } = line;
    if (this.#from === undefined || time < this.#from) this.#from = time;
    if (this.#to === undefined || time > this.#to) this.#to = time;
    switch (shadow.outcome) {
      case 'agrees':
        this.#counts[agreements[verdict] ?? 'unread']++;
        return;
      case 'differs':
        this.#counts.differed++;
        for (const difference of shadow.differences) this.#addDifference(line, difference);
        return;
      case 'not_compared': {
        const { theirs, httpStatus } = shadow;
        const isOurs = theirs === 'granted' || theirs === 'denied';
        const answer = httpStatus === undefined ? 'no answer' : `HTTP ${httpStatus}`;
        const why = isOurs ? `ours: ${line.code}` : `theirs: ${theirs}, ${answer}`;
        this.#notCompared.set(why, (this.#notCompared.get(why) ?? 0) + 1);
      }
    }
  }

  #addDifference(line: ShadowLine, difference: LoggedDifference): void {
    const id = JSON.stringify([line.cluster, whoOf(line, difference), difference.field]);
    const known = this.#groups.get(id);
    if (known === undefined && this.#groups.size >= maxGroups) {
      this.#counts.unlisted++;
      return;
    }
    const group = groupOf(line, difference);
    this.#groups.set(id, known === undefined ? group : joined(known, group));
  }

  end(): ShadowReport {
    return {
      from: this.#from,
      to: this.#to,
      ...this.#counts,
      notCompared: Object.fromEntries(this.#notCompared),
      differences: [...this.#groups.values()].sort(byName),
    };
  }
}

/** Who cannot be proven is known by the name that the other gives. */
function whoOf({ canonicalArn, verdict, scrubbed }: ShadowLine, { user }: LoggedDifference): string {
  if (canonicalArn !== undefined) return canonicalArn;
  if (scrubbed) return 'somebody of an account that is scrubbed';
  if (verdict === 'foreign') return "somebody with a token that is not AWS's";
  return `whoever they call ${user?.username}`;
}

function groupOf(line: ShadowLine, difference: LoggedDifference): DifferenceGroup {
  const { cluster, time, decisionId, code, reason, rule, policyVersion, shadow } = line;
  const { field, theirs, ours, user } = difference;
  const status = shadow.httpStatus === undefined ? [] : `HTTP ${shadow.httpStatus}`;
  return {
    cluster,
    who: whoOf(line, difference),
    field,
    count: 1,
    firstAt: time,
    lastAt: time,
    theirs: {
      value: clipped(theirs),
      user: theirs === true ? clippedUser(user) : undefined,
      reason: [status, shadow.reason ?? []].flat().join(': ') || undefined,
    },
    ours: {
      value: clipped(ours),
      user: ours === true ? clippedUser(user) : undefined,
      reason: [code ?? [], reason ?? []].flat().join(': ') || undefined,
      rule,
      policyVersion,
    },
    decisionId,
  };
}

function clippedUser(user: LoggedDifference['user']): LoggedDifference['user'] {
  return user && { ...user, groups: clipped(user.groups) as readonly string[] as string[] };
}

function clipped(value: LoggedDifference['theirs']): LoggedDifference['theirs'] {
  if (!Array.isArray(value) || value.length <= maxListed) return value;
  return [...value.slice(0, maxListed), `and ${value.length - maxListed} more`];
}

function joined(known: DifferenceGroup, added: DifferenceGroup): DifferenceGroup {
  const isEarlier = added.firstAt < known.firstAt;
  const isLatest = added.lastAt >= known.lastAt;
  const { firstAt } = isEarlier ? added : known;
  return { ...(isLatest ? added : known), count: known.count + 1, firstAt };
}

function byName(a: DifferenceGroup, b: DifferenceGroup): number {
  const [one, other] = [a, b].map(({ cluster, who, field }) => JSON.stringify([cluster, who, field]));
  return String(one) < String(other) ? -1 : 1;
}
