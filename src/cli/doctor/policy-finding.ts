/**
 * What a stored policy looks like: there, whole, valid, and probably what its author meant.
 *
 * @module
 */
import { PolicyError, PolicySignatureError, PolicyVersionError } from '../../errors/classes.ts';
import { lintPolicy } from '../../mapping/lint.ts';
import type { Policy } from '../../mapping/rule.ts';
import { assertBelieved, beliefIn } from '../../policy/belief.ts';
import type { PolicyTrust } from '../../policy/trust.ts';
import { findVersion, readPointer, type WholeVersion, wholeVersion } from '../../policy/versions.ts';
import type { Store } from '../../store/store.ts';
import { shown } from '../text.ts';
import { type Finding, fail, ok, warn } from './examination.ts';

interface PolicyContext {
  readonly store: Store;
  readonly cluster: string;
  /** Puts it into the store first, where it comes from a file. */
  readonly load: (() => Promise<unknown>) | undefined;
  /** What puts a policy there, for the words of a fix. */
  readonly applying: string;
  /** Undefined where it need not be signed. */
  readonly trust: PolicyTrust | undefined;
  /** Whether names of EC2 instances can be looked up. */
  readonly hasEc2: boolean;
}

const shownFindings = 3;

/** Rejects where the store fails. */
export async function policyFinding(context: PolicyContext): Promise<Finding> {
  const { store, cluster, load, applying, trust } = context;
  try {
    await load?.();
    const current = findVersion((await readPointer(store, cluster)).pointer, undefined);
    const { disbelief } = await beliefIn(cluster, current, undefined);
    if (trust !== undefined) await assertBelieved(cluster, current, trust);
    return judge(await wholeVersion(store, cluster, current), disbelief, context);
  } catch (error) {
    if (error instanceof PolicyVersionError) {
      const isMissing = error.code === 'policy_version_unknown';
      return fail(error.message, isMissing ? applying : `put the policy there again: ${applying}`);
    }
    if (error instanceof PolicySignatureError) {
      return fail(
        `${error.message}, so nobody is let in`,
        `${applying} --sign KEY-FILE --replace-unreadable`,
      );
    }
    if (error instanceof PolicyError) {
      const details = error.message.split('\n').slice(0, shownFindings).map(shown);
      return fail('it is no valid policy, so nobody is let in', applying, details);
    }
    throw error;
  }
}

/** @param disbelief what is wrong with the signature, where none is asked for */
function judge(
  { version, policy, signature }: WholeVersion,
  disbelief: string | undefined,
  { hasEc2, applying }: PolicyContext,
): Finding {
  const wrong =
    disbelief === undefined ? [] : [{ severity: 'warning', path: '', message: disbelief } as const];
  const findings = [...wrong, ...lintPolicy(policy), ...(hasEc2 || !usesEc2(policy) ? [] : [noEc2])];
  const errors = findings.filter(({ severity }) => severity === 'error');
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  const signed =
    signature === undefined || disbelief !== undefined ? '' : `, signed by ${signature.key.slice(0, 8)}`;
  const what = `version ${version}${signed}, ${count(policy.rules.length, 'rule')}`;
  if (findings.length === 0) return ok(what);
  const warnings = count(findings.length - errors.length, 'warning');
  const sorted = [...errors, ...findings.filter(({ severity }) => severity === 'warning')];
  const details = sorted
    .slice(0, shownFindings)
    .map(({ severity, path, message }) => shown(`${severity}: ${path && `${path} `}${message}`));
  const left = sorted.length - shownFindings;
  const fix = 'callerid policy lint FILE says them all';
  const lines = left > 0 ? [...details, `and ${left} more`] : details;
  if (errors.length === 0) return warn(`${what}; ${warnings}`, fix, lines);
  return fail(`${what}; ${count(errors.length, 'error')}, ${warnings}`, `${fix}; then ${applying}`, lines);
}

const noEc2 = {
  severity: 'warning',
  path: 'rules',
  message:
    'use {{EC2PrivateDNSName}}, which this deployment cannot look up: set CALLERID_EC2_REGION and its credentials',
} as const;

function usesEc2({ rules }: Policy): boolean {
  return JSON.stringify(rules).includes('{{EC2PrivateDNSName}}');
}
