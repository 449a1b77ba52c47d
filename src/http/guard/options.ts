/**
 * What a guard can be told.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import type { TaskContext } from '../../lib/flights.ts';
import type { Limiter } from '../../lib/limiter.ts';
import type { CallerPolicy } from '../../policy/caller-policy.ts';
import type { OnceStore } from '../../store/once.ts';
import { maxSuffixedLength } from '../../token/suffix.ts';
import type { VerifierOptions } from '../../verifier/options.ts';
import type { Verifier } from '../../verifier/verifier.ts';
import type { AllowList } from './allow.ts';
import type { RequestBinding } from './binding.ts';
import type { AccessEvent } from './decide.ts';

/** Who may come in, and how. */
export interface AccessOptions {
  /**
   * Who may come in. Required where there is no policy. Where there is one, callers must be mapped by it, and be in one of
   * these lists too where they are given. The text lets in everybody who has AWS credentials of any account.
   */
  readonly allow?: AllowList | 'anyone-with-aws-credentials';
  /**
   * Gives callers a username and groups, and may deny them: {@link storedPolicy} or {@link fixedPolicy} of
   * `callerid/mapping`.
   */
  readonly policy?: CallerPolicy | undefined;
  /** Takes only tokens that were signed for the very request: {@link bindToRequest}. Default: tokens are good for any. */
  readonly binding?: RequestBinding | undefined;
  /** Takes only tokens with a nonce, each once: this remembers them. Default: tokens may be used again. */
  readonly oneTime?: OnceStore | undefined;
  /** How often a client may make callerid ask STS. Default without limit. Each call of the guard then says who the client is. */
  readonly limiter?: Limiter | undefined;
  /**
   * Is told of every request, once: `(event) => console.log(JSON.stringify(accessRecord(event)))`. Where it throws or
   * rejects nobody is let in. Default none.
   */
  readonly log?: ((event: AccessEvent) => unknown) | undefined;
}

/** Every name of {@link AccessOptions}. */
export const accessOptionNames = 'allow policy binding oneTime limiter log';

/** Options of {@link createGuard}: who may come in, with the options of a verifier or a verifier that is there already. */
export type GuardOptions = AccessOptions &
  (
    | (VerifierOptions & { readonly verifier?: never })
    | ({ readonly verifier: Verifier; readonly clock?: () => number } & {
        readonly [Name in Exclude<keyof VerifierOptions, 'clock'>]?: never;
      })
  );

/** What is known of one request beside itself. */
export interface GuardCall {
  /** On Workers the `ExecutionContext`. Without it concurrent calls there share nothing. */
  readonly context?: TaskContext | undefined;
  /** Who the client is, for the limiter: its address, usually. */
  readonly client?: string | undefined;
}

/** @throws {ConfigurationError} where options do not go together */
export function checkAccessOptions(
  { oneTime, binding, log, policy, limiter }: AccessOptions,
  audience: string,
): void {
  // Plain JavaScript may give anything, and the binding of a KV namespace lies near.
  if (oneTime !== undefined && typeof oneTime?.use !== 'function') {
    throw new ConfigurationError(
      'oneTime',
      'it cannot tell a first use from a second: KV is eventually consistent',
      'Use durableObjectOnce, denoKvOnce or memoryOnce.',
    );
  }
  const needs = [
    ['binding', binding, binding],
    ['policy', policy, policy?.map],
    ['limiter', limiter, limiter?.limit],
    ['log', log, log],
  ] as const;
  for (const [name, given, needed] of needs) {
    if (given !== undefined && typeof needed !== 'function') {
      throw new ConfigurationError(name, 'of the wrong kind', 'Use what callerid makes for it.');
    }
  }
  if ((oneTime ?? binding) !== undefined && audience.length > maxSuffixedLength) {
    throw new ConfigurationError(
      'audience',
      'too long for a suffix',
      `Use at most ${maxSuffixedLength} characters.`,
    );
  }
}
