/**
 * The suites, in the order in which they run.
 *
 * @module
 */
import type { Suite } from './figure.ts';

export const suites: readonly Suite[] = [];
