/**
 * The suites, in the order in which they run.
 *
 * @module
 */
import { commandSuites } from './command.ts';
import type { Suite } from './figure.ts';
import { webhookSuites } from './webhook.ts';

export const suites: readonly Suite[] = [...webhookSuites, ...commandSuites];
