/**
 * Runs `callerid doctor` and reads what it prints; whatever it prints, no secret may be in it.
 */
import { expect } from 'vitest';
import type { Check, State } from '../../src/cli/doctor/examination.ts';
import type { cliIn } from './cli.ts';

/** Whose name says so must never be printed. */
export const secrets = {
  bearer: 'bearerSecretEXAMPLE',
  accessKey: 'accessSecretEXAMPLE',
  sessionToken: 'sessionSecretEXAMPLE',
};

export interface Examined {
  readonly status: number | null;
  readonly checks: readonly Check[];
  /** Names of the checks by state. */
  named(state: State): string[];
  check(name: string): Check;
}

/** Reads the output of `-o json`. */
export function doctorIn({ cli }: ReturnType<typeof cliIn>) {
  return async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Examined> => {
    const { status, stdout, stderr } = await cli(['doctor', '-o', 'json', ...args], env);
    assertNothingSecret(stdout + stderr);
    expect(stderr).toBe('');
    const { ok, examinations } = JSON.parse(stdout) as {
      ok: boolean;
      examinations: { subject: string; checks: Check[] }[];
    };
    const checks = examinations.flatMap((one) => one.checks);
    expect(ok).toBe(checks.every(({ state }) => state !== 'fail'));
    // whoever reads it at night has to know what to do next
    for (const { name, state, seen, fix } of checks) {
      if (state === 'fail' || state === 'warn')
        expect([name, fix ?? seen]).toEqual([name, expect.stringMatching(/\w/)]);
      if (state === 'fail') expect([name, fix]).not.toEqual([name, undefined]);
    }
    return {
      status,
      checks,
      named: (state) => checks.filter((one) => one.state === state).map(({ name }) => name),
      check: (name) => {
        const found = checks.find((one) => one.name === name);
        if (found === undefined) throw new Error(`no check ${name}`);
        return found;
      },
    };
  };
}

export function assertNothingSecret(output: string): void {
  for (const secret of [...Object.values(secrets), 'X-Amz-Signature', 'k8s-aws-v1.']) {
    expect(output).not.toContain(secret);
  }
}
