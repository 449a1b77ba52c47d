/**
 * Mutations of the date. None that is good becomes too old while the verifiers are asked.
 *
 * @module
 */
import type { Random } from '../../support/random.ts';
import { amzDate } from '../../support/token-builder.ts';
import { setScope, setValue } from './draft.ts';
import { type Mutation, ofDraft } from './mutation.ts';

const seconds = 1000;
const minutes = 60 * seconds;
const days = 24 * 60 * minutes;

/** Sets the date, and mostly the day of the scope. */
const dated = (kind: string, of: (chance: Random, now: number) => string): Mutation =>
  ofDraft(kind, (draft, chance, now) => {
    const date = of(chance, now);
    setValue(draft, 'X-Amz-Date', date);
    if (chance.below(8) > 0) setScope(draft, 1, date.replace(/\D/g, '').slice(0, 8));
    return 'X-Amz-Date';
  });

/** A time between two, both relative to now, the second not included. */
const between = (chance: Random, now: number, from: number, to: number): string =>
  amzDate(now + from + chance.below((to - from) / seconds) * seconds);

/** The date as nobody writes it, or as no calendar has it. */
const dateForms: readonly ((date: string) => string)[] = [
  (date) => date.toLowerCase(),
  (date) => date.slice(0, -1),
  (date) => date.replace('Z', '.5Z'),
  (date) => date.replace('Z', '%2C000Z'),
  (date) => date.replace('Z', '%2B0000'),
  (date) => date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  (date) => date.replace('T', '%20'),
  (date) => date.replace('T', ''),
  (date) => `0${date}`,
  (date) => `${date}Z`,
  (date) => `${date}%0A`,
  (date) => date.slice(2),
  () => '',
];
const impossible: readonly ((date: string) => string)[] = [
  (date) => `${date.slice(0, 4)}1332${date.slice(8)}`,
  (date) => `${date.slice(0, 4)}0230${date.slice(8)}`,
  (date) => `${date.slice(0, 4)}0000${date.slice(8)}`,
  (date) => `${date.slice(0, 9)}240000Z`,
  (date) => `${date.slice(0, 11)}6000Z`,
  (date) => `${date.slice(0, 13)}60Z`,
  () => '99990229T000000Z',
];

export const dateMutations: readonly Mutation[] = [
  dated('date within its 15 minutes', (chance, now) => between(chance, now, -13 * minutes, 4 * minutes)),
  dated('date ahead', (chance, now) => between(chance, now, 6 * minutes, 3 * days)),
  dated('date a little too old', (chance, now) => between(chance, now, -20 * minutes, -15 * minutes)),
  dated('date old', (chance, now) => between(chance, now, -3 * days, -20 * minutes)),
  dated('date in another century', (chance) =>
    chance.pick([
      '19700101T000000Z',
      '00000101T000000Z',
      '99991231T235959Z',
      '20380119T031408Z',
      '29261124T120000Z',
    ]),
  ),
  dated('impossible date', (chance, now) => chance.pick(impossible)(amzDate(now))),
  dated('date in another form', (chance, now) => chance.pick(dateForms)(amzDate(now))),
];
