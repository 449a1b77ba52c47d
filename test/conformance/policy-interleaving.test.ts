/**
 * Writers and readers of a policy at once.
 */
import { MemoryStore } from '../../src/store/memory.ts';
import { policyInterleaving } from '../support/policy-interleaving.ts';

policyInterleaving('memory', () => new MemoryStore());
