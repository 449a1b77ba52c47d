/**
 * The places of Deno, by the same tests as those of Node.
 */
import '../node/policy-location.test.ts';
