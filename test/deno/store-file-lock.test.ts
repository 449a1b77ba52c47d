/**
 * The locks of files on Deno, by the same tests as on Node.
 */
import '../node/store-file-lock.test.ts';
