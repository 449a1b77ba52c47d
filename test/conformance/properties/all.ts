/**
 * Every property.
 */
import type { Property } from '../../support/property.ts';
import { answers } from './answers.ts';
import { apps } from './apps.ts';
import { arns } from './arns.ts';
import { caches } from './caches.ts';
import { jwts } from './jwts.ts';
import { languages } from './languages.ts';
import { mapping } from './mapping.ts';
import { requests } from './requests.ts';
import { stored } from './stored.ts';
import { tokens } from './tokens.ts';

export const allProperties: readonly Property[] = [
  ...tokens,
  ...caches,
  ...arns,
  ...mapping,
  ...languages,
  ...jwts,
  ...stored,
  ...answers,
  ...requests,
  ...apps,
];
