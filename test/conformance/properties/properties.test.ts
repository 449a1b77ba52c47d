/**
 * Every property, with each seed that is recorded and with a fresh one. In one file: most of what it needs, all need.
 */
import { testProperties } from '../../support/property-tests.ts';
import { allProperties } from './all.ts';

testProperties(allProperties);
