/**
 * Settings of the properties, for every runtime: made here once, where there is an environment, and injected.
 *
 * `PROPERTY_SEED` repeats a seed that was printed, `PROPERTY_RUNS` says how many inputs each property tries (default 200).
 */
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A whole number of 32 bits. */
    propertySeed: number;
    propertyRuns: number;
  }
}

export default function setup(project: TestProject): void {
  const seed = wholeOf('PROPERTY_SEED', -(2 ** 31)) ?? Math.floor(Math.random() * 2 ** 31);
  project.provide('propertySeed', seed);
  project.provide('propertyRuns', wholeOf('PROPERTY_RUNS', 1) ?? 200);
  console.log(`properties: PROPERTY_SEED=${seed}`);
}

function wholeOf(name: string, least: number): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || value >= 2 ** 31)
    throw new Error(`${name} is no whole number from ${least}`);
  return value;
}
