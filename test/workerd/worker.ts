/**
 * What the tests in workerd bind to: the Worker as it is deployed, and what services of others bring into theirs.
 */
export { default, PolicyObject } from '../../src/runtime/cloudflare.ts';
export { OnceObject } from '../../src/store/once-object.ts';
