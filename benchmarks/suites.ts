/**
 * The suites, in the order in which they run.
 *
 * @module
 */
import { commandSuites } from './command.ts';
import type { Suite } from './figure.ts';
import { suite as functions } from './functions.ts';
import { suite as jwt } from './jwt.ts';
import { suite as mapping } from './mapping.ts';
import { webhookSuites } from './webhook.ts';

export const suites: readonly Suite[] = [...webhookSuites, functions, mapping, jwt, ...commandSuites];
