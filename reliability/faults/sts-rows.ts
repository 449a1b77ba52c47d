/**
 * Faults of STS, and the answer to a new token meanwhile.
 *
 * @module
 */
import type { ConnectionFault, ExchangeFault } from '../sts/wire.ts';

/** A grant, or no verdict for one of these reasons: never a denial. */
export type Meanwhile = 'granted' | readonly string[];

const broken = ['sts_unreachable'];
/** What a runtime takes for an unfinished answer, and waits for, or refuses by a limit of its own. */
const unending = ['sts_unreachable', 'sts_timeout', 'sts_answer_unexpected'];
const late = ['sts_timeout'];
const odd = ['sts_answer_unexpected'];
const failing = ['sts_failing'];
const throttled = ['sts_throttled'];

/** Each at a host of its own, so that all of them go on at once, and elsewhere nobody feels it. */
export const exchangeRows: readonly { readonly fault: ExchangeFault; readonly meanwhile: Meanwhile }[] = [
  { fault: 'slow', meanwhile: 'granted' },
  { fault: 'silent', meanwhile: late },
  { fault: 'closes without an answer', meanwhile: broken },
  { fault: 'resets the connection', meanwhile: broken },
  { fault: 'cut in the headers', meanwhile: broken },
  { fault: 'cut in the body', meanwhile: broken },
  { fault: 'reset in the body', meanwhile: broken },
  { fault: 'silent in the body', meanwhile: late },
  { fault: 'a byte a second', meanwhile: late },
  { fault: 'endless headers', meanwhile: unending },
  { fault: 'endless body', meanwhile: odd },
  { fault: 'gzip bomb', meanwhile: odd },
  { fault: 'gzip bomb, 10 GiB declared', meanwhile: unending },
  { fault: 'body of 10 GiB declared', meanwhile: unending },
  { fault: 'redirect 302', meanwhile: odd },
  { fault: 'redirect 307', meanwhile: odd },
  { fault: 'status 500', meanwhile: failing },
  { fault: 'status 503, the true body', meanwhile: failing },
  { fault: 'status 404, the true body', meanwhile: odd },
  { fault: 'status 418 with an unknown code', meanwhile: odd },
  { fault: 'status 204', meanwhile: odd },
  { fault: 'throttles', meanwhile: throttled },
  { fault: 'throttles with 429', meanwhile: throttled },
  { fault: 'wrong content type', meanwhile: odd },
  { fault: 'wrong JSON', meanwhile: odd },
  { fault: 'broken JSON', meanwhile: odd },
  { fault: 'HTTP/1.0', meanwhile: 'granted' },
  { fault: 'garbage in place of HTTP', meanwhile: broken },
];

/** Each of all connections, one after another. */
export const connectionRows: readonly { readonly fault: ConnectionFault; readonly meanwhile: Meanwhile }[] = [
  { fault: 'accepts and closes', meanwhile: broken },
  { fault: 'accepts and resets', meanwhile: broken },
  { fault: 'accepts and is silent', meanwhile: late },
  { fault: 'TLS cut in the handshake', meanwhile: broken },
  { fault: 'garbage in place of TLS', meanwhile: broken },
];

/** Whatever the fault: excess is shed with these, and where the machine is slow the deadline may be over first. */
export const always: readonly string[] = ['sts_circuit_open', 'overloaded', 'sts_timeout'];
