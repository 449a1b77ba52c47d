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
import { memorySuite } from './memory.ts';
import { referenceSuite } from './reference/suite.ts';
import { startSuite } from './start.ts';
import { webhookSuites } from './webhook.ts';

export const suites: readonly Suite[] = [
  ...webhookSuites,
  referenceSuite,
  functions,
  mapping,
  jwt,
  startSuite,
  memorySuite,
  ...commandSuites,
];
