/**
 * Ending a server in good order.
 *
 * @module
 */
import type { Server } from 'node:http';

/**
 * Takes no new connection, waits for what is in flight, and cuts it off after `ms` milliseconds.
 *
 * @returns whether something was cut off
 */
export async function drain(
  server: Pick<Server, 'close' | 'closeIdleConnections' | 'closeAllConnections'>,
  ms: number,
): Promise<boolean> {
  let cut = false;
  const deadline = setTimeout(() => {
    cut = true;
    server.closeAllConnections();
  }, ms);
  // a connection that is kept alive is idle only once its answer is out
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(deadline);
  clearInterval(sweep);
  return cut;
}
