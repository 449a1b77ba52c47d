/**
 * Policies of patterns, all of one account: the most that a schema allows to be asked of one caller.
 *
 * @module
 */
import type { Policy } from '../../src/mapping/rule.ts';
import type { Member } from './policies.ts';

const account = '111122223333';

/** A way to write patterns. */
export interface Family {
  /** The glob of an index. */
  readonly glob: (index: number) => string;
  /** The name of a role that the glob of an index, and no other, is like. `salt` makes another one. */
  readonly like: (index: number, salt: string) => string;
  /** The name of a role that no glob is like, and that begins or ends as many do. */
  readonly unlike: (salt: string) => string;
}

function digitsOf(index: number): string {
  return String(index).padStart(4, '0');
}

/** The digits of an index as letters. */
function lettersOf(index: number): string[] {
  return [...digitsOf(index)].map((digit) => 'abcdefghij'[Number(digit)] as string);
}

/** By where the part that tells them apart stands. */
export const families = {
  'at the beginning': {
    glob: (index) => `team-${digitsOf(index)}-*`,
    like: (index, salt) => `team-${digitsOf(index)}-${salt}`,
    unlike: (salt) => `team-9999-${salt}`,
  },
  'at the end': {
    glob: (index) => `*-team-${digitsOf(index)}`,
    like: (index, salt) => `${salt}-team-${digitsOf(index)}`,
    unlike: (salt) => `${salt}-team-9999`,
  },
  'in the middle': {
    glob: (index) => `*-team-${digitsOf(index)}-?*`,
    like: (index, salt) => `${salt}-team-${digitsOf(index)}-deployer`,
    unlike: (salt) => `${salt}-team-9999-deployer`,
  },
  // Eight stars, the most that there may be, and a name that is like all of every glob but for its last character.
  tangled: {
    glob: (index) => `*${lettersOf(index).join('*')}*z*y*x*`,
    like: (index, salt) => `${salt}-${lettersOf(index).join('')}-zyx`,
    unlike: (salt) => `${salt}-${'abcdefghij'.repeat(4)}-zy`,
  },
} as const satisfies Readonly<Record<string, Family>>;

export function patternPolicyOf({ glob }: Family, size: number): Policy {
  const rules = Array.from({ length: size }, (_, index) => ({
    pattern: `arn:aws:iam::${account}:role/${glob(index)}`,
    username: `team-${index}:{{SessionName}}`,
    groups: [`team-${index}`, 'developers'],
  }));
  return { rules };
}

export function memberNamed(roleName: string, index: number): Member {
  return { account, roleName, principalId: `AROA${String(index).padStart(17, '0')}` };
}
