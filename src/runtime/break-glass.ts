/**
 * The break-glass rule of a deployment, from the environment.
 *
 * @module
 */
import * as v from 'valibot';
import { ConfigurationError, PolicyError } from '../errors/classes.ts';
import type { Rule } from '../mapping/rule.ts';
import { parsePolicy, time } from '../mapping/schema.ts';
import { fieldOf } from './values.ts';

/** The rule, whose cluster it is for, and until when. */
export interface BreakGlassSettings {
  /** Default: that behind `POST /authenticate`. */
  readonly cluster: string | undefined;
  readonly rule: Rule;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const variable = 'CALLERID_BREAK_GLASS';

/** Longest time ahead of the expiry, in milliseconds. */
const maxAheadMs = 24 * 60 * 60_000;

const form = v.strictObject({
  role: v.optional(v.string()),
  user: v.optional(v.string()),
  principalId: v.optional(v.string()),
  cluster: v.optional(v.string()),
  username: v.optional(v.string(), 'break-glass'),
  groups: v.optional(v.array(v.string()), ['system:masters']),
  expires: time,
});

/**
 * Reads the variable.
 *
 * @param now milliseconds since the epoch
 * @throws {ConfigurationError}
 */
export function readBreakGlass(value: unknown, now: number): BreakGlassSettings {
  const read = v.safeParse(form, value);
  if (!read.success) {
    throw wrong(`${fieldOf(read.issues[0], form)} is missing, unknown or of another form`);
  }
  const { expires, cluster, ...grant } = read.output;
  const expiresAt = Date.parse(expires);
  if (!(expiresAt - now <= maxAheadMs)) throw wrong('expires is more than 24 hours ahead');
  try {
    // STS vouches at each use: a JWT would outlive credentials that were ended.
    const written = { ...grant, reserved: 'custom', proof: 'signed-url' };
    const [rule] = parsePolicy({ rules: [written] }).rules;
    if (rule !== undefined) return { cluster, rule, expiresAt };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const [issue] = error.issues;
    // In quotes, since it may repeat a value: what anybody may read leaves them out.
    throw wrong(`${issue?.path.replace(/^rules\[0\]\.?/, '') || 'it'} ${JSON.stringify(issue?.message)}`);
  }
  throw wrong('names nobody');
}

function wrong(problem: string): ConfigurationError {
  return new ConfigurationError(
    variable,
    problem,
    'Write {"role": "arn:aws:iam::111122223333:role/Name", "expires": "2026-11-24T18:00:00Z"}, with user in place of role for a user.',
  );
}
