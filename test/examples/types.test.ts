/**
 * The types of the examples, with callerid's as they are published.
 */
import { globSync } from 'node:fs';
import { test } from 'vitest';
import { checkTypes, project } from './services.ts';

test('they have types', () => checkTypes(globSync('examples/**/*.{ts,js}', { cwd: project })), 40_000);
