/**
 * A process of its own that writes one key over and over: `store-writer.ts DIRECTORY CHARACTER`.
 */
import { FileStore } from '../../src/store/file.ts';
import { maxValueBytes } from '../../src/store/store.ts';

const [directory = '', character = ''] = process.argv.slice(2);
const store = new FileStore(directory);
for (let length = maxValueBytes; length > maxValueBytes - 60; length -= 1) {
  await store.put('policy/a', character.repeat(length));
}
