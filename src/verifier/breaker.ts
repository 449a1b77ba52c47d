/**
 * Circuit breakers: an STS that does not answer is left alone for a while.
 *
 * @module
 */
import { assertKnownOptions, assertNumber } from '../lib/options.ts';
import type { StsGate, StsQuestion, StsVerdict } from './gate.ts';
import { accountInKey } from './keys-of-accounts.ts';
import type { Throttled, Unavailable } from './verification.ts';

/** The breaker of a listed host has opened, or stays open for longer: the host is not asked. */
export interface CircuitOpened {
  readonly state: 'open';
  /** The host of the STS endpoint. */
  readonly host: string;
  /** Why the last call gave no verdict. */
  readonly code: Throttled['code'] | Unavailable['code'];
  /** Until STS is tried again, in milliseconds. */
  readonly openMs: number;
}

/** The breaker of a listed host has closed: the host answers. */
export interface CircuitClosed {
  readonly state: 'closed';
  /** The host of the STS endpoint. */
  readonly host: string;
}

/** A breaker has opened or closed. */
export type CircuitChange = CircuitOpened | CircuitClosed;

/** Options of {@link createBreaker}. */
export interface BreakerOptions {
  /** So many calls in a row without a verdict open the breaker of a host, from 1. Default 10. */
  readonly failures?: number;
  /** Is told of every change. What it throws is ignored. */
  readonly onChange?: ((change: CircuitChange) => void) | undefined;
}

/** In milliseconds. It doubles each time that STS still fails, up to the longest. */
const openFor = { first: 5_000, longest: 30_000 } as const;

/** STS throttles by account: so many of them, as far as their keys tell, before it is taken to throttle everybody. */
const throttledAccounts = 3;

/** An outage of a host. An answer that is not known may be the caller's doing, so it is none. */
const failing: ReadonlySet<string> = new Set(['sts_unreachable', 'sts_timeout', 'sts_failing']);

/** A host that gave no verdict since it last gave one. */
interface Circuit {
  /** Calls in a row. */
  failures: number;
  /** Accounts whose calls were throttled. */
  readonly throttled: Set<string>;
  /** Undefined as long as it is closed. */
  open?: Open;
}

/** From one failure to the next. */
interface Open {
  readonly forMs: number;
  readonly outcome: Throttled | Unavailable;
  tryAt: number;
}

/**
 * Makes a breaker for each listed host, for the option `gates` of verifiers that share it. An open one gives
 * `sts_circuit_open`, or `sts_throttled` where that is why, and when to come again; nothing is asked. When its time is over one call
 * is let through: a verdict closes it, and another failure opens it for twice as long, 30 seconds at most. Hosts that
 * are not listed have none: a caller must not be able to fake an outage.
 *
 * @throws {ConfigurationError} where `failures` is no number from 1
 * @example
 * ```ts
 * const verifier = createVerifier({ audience, gates: [createBreaker()] });
 * ```
 */
export function createBreaker(options: BreakerOptions = {}): StsGate {
  assertKnownOptions(options, 'failures onChange');
  const { failures = 10, onChange } = options;
  assertNumber('failures', failures, 1, Number.MAX_SAFE_INTEGER);
  const circuits = new Map<string, Circuit>();

  const tell = async (change: CircuitChange): Promise<void> => onChange?.(change);

  function close(host: string): void {
    const wasOpen = circuits.get(host)?.open !== undefined;
    circuits.delete(host);
    if (wasOpen) tell({ host, state: 'closed' }).catch(() => {});
  }

  /** Whether it counts. One account that is throttled says nothing of others. */
  function counts(circuit: Circuit, code: string, accessKeyId: string): boolean {
    if (failing.has(code)) return true;
    if (code !== 'sts_throttled') return false;
    if (circuit.throttled.size < throttledAccounts) circuit.throttled.add(accountInKey(accessKeyId) ?? '');
    return circuit.throttled.size >= throttledAccounts;
  }

  function note(
    { host, accessKeyId, clock }: StsQuestion,
    outcome: Throttled | Unavailable,
    before: Open | undefined,
  ): void {
    const circuit = circuits.get(host) ?? { failures: 0, throttled: new Set() };
    circuits.set(host, circuit);
    const { open, throttled } = circuit;
    if (open !== before) return; // of calls from before it opened nothing new is learnt
    if (counts(circuit, outcome.code, accessKeyId)) {
      circuit.failures++;
      if (circuit.failures < failures) return;
      throttled.clear();
      const forMs = open === undefined ? openFor.first : Math.min(open.forMs * 2, openFor.longest);
      circuit.open = { forMs, outcome, tryAt: clock() + forMs };
      tell({ host, state: 'open', code: outcome.code, openMs: forMs }).catch(() => {});
    } else if (open === undefined) {
      return;
    } else if (outcome.sts !== undefined && open.outcome.verdict === 'unavailable') {
      close(host); // it answers
    } else {
      open.tryAt = clock(); // it was not asked, or says of one account what is known of several: the next one tries
    }
  }

  return async (question, ask) => {
    const { host, listed, clock } = question;
    if (!listed) return ask();
    const open = circuits.get(host)?.open;
    if (open !== undefined) {
      const now = clock();
      const leftMs = open.tryAt - now;
      // Longer than it was opened for is a clock that was set back.
      if (leftMs > 0 && leftMs <= open.forMs) return turnedAway(host, open.outcome, leftMs);
      // This one tries. Where nothing ever comes of it, as its request was broken off, another does.
      open.tryAt = now + open.forMs;
    }
    const outcome = await ask();
    if (outcome.verdict === 'verified' || outcome.verdict === 'refused') close(host);
    else note(question, outcome, open);
    return outcome;
  };
}

function turnedAway(host: string, { verdict }: Throttled | Unavailable, retryAfterMs: number): StsVerdict {
  const facts = { sts: { host }, retryAfterMs };
  return verdict === 'throttled'
    ? Object.freeze({ verdict, code: 'sts_throttled', ...facts })
    : Object.freeze({ verdict, code: 'sts_circuit_open', ...facts });
}
