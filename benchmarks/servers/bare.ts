/**
 * A Worker of nothing but the yardsticks.
 *
 * @module
 */
import { createYardsticks } from './yardsticks.ts';

let yardsticks: ReturnType<typeof createYardsticks> | undefined;

export default {
  fetch(request: Request, env: { readonly BENCH_YARDSTICKS: string }) {
    yardsticks ??= createYardsticks(JSON.parse(env.BENCH_YARDSTICKS));
    return yardsticks.fetch(request);
  },
};
