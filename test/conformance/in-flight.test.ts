/**
 * Counting what is in flight.
 */
import { expect, test } from 'vitest';
import { InFlight } from '../../src/runtime/in-flight.ts';

test('there is nothing at first, and nothing when the last is answered or gone', async () => {
  const inFlight = new InFlight();
  await inFlight.none();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  inFlight.add(first.promise);
  inFlight.add(second.promise);
  let isOver = false;
  const none = inFlight.none().then(() => {
    isOver = true;
  });
  first.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(isOver).toBe(false);
  second.reject(new Error('the client has gone'));
  await none;
  await inFlight.none();
});
