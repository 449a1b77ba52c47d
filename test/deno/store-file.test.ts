/**
 * The files of Deno, by the same tests as those of Node.
 */
import '../node/store-file.test.ts';
