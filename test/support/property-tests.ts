/**
 * Properties as tests: with each recorded seed, and with a fresh one.
 */
import { describe, expect, inject, test } from 'vitest';
import recordedText from '../fixtures/property-seeds.json?raw';
import type { Property, RunOptions } from './property.ts';

/** A seed that is always tried: of all properties, or of the one that it once was a counter-example of. */
interface Recorded {
  readonly seed: number;
  readonly property?: string;
  readonly path?: string;
}

const recorded = JSON.parse(recordedText) as readonly Recorded[];

/** A slow machine tries them as well. */
const timeout = 60_000;

export function testProperties(properties: readonly Property[]): void {
  const runs = inject('propertyRuns');
  const fresh = inject('propertySeed');
  describe.each(properties.map((one) => [one.name, one] as const))('%s', (name, one) => {
    const holds = async (options: RunOptions): Promise<void> => {
      const { failure } = await one.run(options);
      if (failure !== undefined) expect.fail(failure);
    };
    const ours = recorded.filter(({ property = name }) => property === name);
    test.each(ours)('with the seed $seed', { timeout }, ({ seed, path }) => holds({ seed, path, runs }));
    test('with a fresh seed', { timeout }, () => holds({ seed: fresh, runs }));
  });
}
