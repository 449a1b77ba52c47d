/**
 * A process of its own that counts in one key by swapping, until its input ends: `store-counter.ts DIRECTORY STALE_MS`.
 * Each time that it is told that it won, it says so with a dot.
 */
import { FileStore } from '../../src/store/file.ts';

const [directory = '', staleMs = ''] = process.argv.slice(2);
const store = new FileStore(directory, { lock: { staleMs: Number(staleMs) } });
let running = true;
process.stdin.resume().on('end', () => {
  running = false;
});
while (running) {
  const before = await store.get('policy/a');
  const won = await store.swap('policy/a', before, String(Number(before ?? 0) + 1));
  if (won) process.stdout.write('.');
}
