/**
 * Policies too large for one value, and what stores are asked.
 */
import type { Policy, Rule } from '../../src/mapping/rule.ts';
import { MemoryStore } from '../../src/store/memory.ts';

/** The exact rule of a number; every number has its own principal. */
export function exactRule(number: number, username = `team-${number}:{{SessionName}}`): Rule {
  const role = `arn:aws:iam::${111122220000 + (number % 500)}:role/Team-${number}-Deployer`;
  return { role, username, groups: [`team-${number}`, 'developers'] };
}

export function patternRule(number: number, account = '111122223333'): Rule {
  const pattern = `arn:aws:iam::${account}:role/app-${number}-*`;
  return { pattern, username: `app-${number}`, groups: ['apps'] };
}

export function exactRules(count: number): Rule[] {
  return Array.from({ length: count }, (_, number) => exactRule(number));
}

export function patternRules(count: number, account?: string): Rule[] {
  return Array.from({ length: count }, (_, number) => patternRule(number, account));
}

/** Large enough for parts, small enough for a quick test. */
export const parted: Policy = { rules: [...exactRules(400), ...patternRules(50)] };

/** A store in memory that remembers what it was asked to write, and can fail at it. */
export class WatchedStore extends MemoryStore {
  readonly written: string[] = [];
  readonly read: string[] = [];
  /** Thrown where it gives an error for the key. */
  failing: (key: string, operation: 'get' | 'put' | 'swap') => Error | undefined = () => undefined;

  override get(key: string): Promise<string | undefined> {
    this.read.push(key);
    return this.#orFail(key, 'get') ?? super.get(key);
  }

  override put(key: string, value: string): Promise<void> {
    const failure = this.#orFail(key, 'put');
    if (failure !== undefined) return failure;
    this.written.push(key);
    return super.put(key, value);
  }

  override swap(key: string, expected: string | undefined, value: string): Promise<boolean> {
    const failure = this.#orFail(key, 'swap');
    if (failure !== undefined) return failure;
    this.written.push(key);
    return super.swap(key, expected, value);
  }

  #orFail(key: string, operation: 'get' | 'put' | 'swap'): Promise<never> | undefined {
    const error = this.failing(key, operation);
    return error === undefined ? undefined : Promise.reject(error);
  }
}
