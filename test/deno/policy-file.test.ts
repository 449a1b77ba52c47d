/**
 * The files of Deno, by the same test as those of Node.
 */
import '../node/policy-file.test.ts';
