/**
 * The end of a server in good order, the same on Node and Deno.
 *
 * @module
 */
import process from 'node:process';

/** What ends. */
export interface Ending {
  /**
   * Takes no new connection, so that a health check is refused too, and resolves when whatever was in flight is answered or had to be
   * cut off.
   *
   * @param ms how long to wait, in milliseconds
   * @returns whether something was cut off
   */
  readonly drain: (ms: number) => Promise<boolean>;
  /** Writes what waits of the log, and hands on what waits to be traced. It is not waited for longer than two seconds. */
  readonly flush: () => Promise<void>;
}

/** How long requests in flight are waited for, in milliseconds. A supervisor that waits 15 seconds does not come before. */
const drainMs = 10_000;

/** In milliseconds. */
const flushMs = 2000;

/** Waits for SIGTERM or SIGINT, and ends the process: by the first in good order, by a second at once. */
export async function endOnSignal({ drain, flush }: Ending): Promise<void> {
  const signal = await endSignal();
  tell({ event: 'stopping', signal });
  const cut = await drain(drainMs);
  await isCut(flush(), flushMs);
  tell({ event: 'stopped', cut });
  process.exit();
}

/** Resolves with the first signal. One handler sees both: Deno hands a signal to a handler that is added while it is handed out. */
function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isFirst = true;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (!isFirst) process.exit(1);
        isFirst = false;
        resolve(signal);
      });
    }
  });
}

/**
 * Whether something takes longer than it may.
 *
 * @param ms in milliseconds
 */
export async function isCut(work: Promise<unknown>, ms: number): Promise<boolean> {
  let deadline: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    deadline = setTimeout(() => resolve(true), ms);
  });
  const cut = await Promise.race([work.then(() => false), late]);
  clearTimeout(deadline);
  return cut;
}

/** Says what becomes of the server, in the form of the webhook's own log. */
export function tell(line: object): void {
  console.log(JSON.stringify(line));
}
