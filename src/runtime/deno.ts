/**
 * The webhook on Deno: `deno serve --unstable-kv --allow-env --allow-net --allow-read src/runtime/deno.ts`, and with
 * `--allow-write` where policies are written to files. A wrong configuration ends the process with a message, SIGTERM and SIGINT in
 * good order.
 *
 * On a signal `deno serve` closes its listener by itself, and gives no hold of it: hence requests are counted here.
 *
 * @module
 */
import { type Connection, createDenoService } from './deno-service.ts';
import { endOnSignal, isCut } from './ending.ts';
import { InFlight } from './in-flight.ts';

const service = await createDenoService();
const inFlight = new InFlight();
void endOnSignal({ flush: service.flush, drain: (ms) => isCut(allSent(), ms) });

const server: { fetch(request: Request, connection: Connection): Response | Promise<Response> } = {
  fetch(request, connection) {
    inFlight.add(connection.completed);
    return service.fetch(request, connection);
  },
};

export default server;

/** Deno takes an answer for completed a moment before it is sent, and there is nothing else that says so. */
async function allSent(): Promise<void> {
  await inFlight.none();
  await new Promise((resolve) => setTimeout(resolve, 100));
}
