/**
 * `deploy/systemd/callerid.service`: what it starts exists, and what it forbids is forbidden.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serveCommand } from '../../src/cli/serve/command.ts';

const path = join(import.meta.dirname, '../../deploy/systemd/callerid.service');
const text = readFileSync(path, 'utf8');

/** Every value of a setting, in order. */
const valuesOf = (name: string): string[] =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

test('it starts callerid serve, with options that exist', () => {
  const [program, script, command, ...args] = valuesOf('ExecStart').join().split(' ');
  expect([program, script, command]).toEqual([
    '/usr/bin/node',
    '/usr/lib/callerid/dist/cli/main.js',
    'serve',
  ]);
  const known = serveCommand().options.map(({ long }) => long);
  const used = args.filter((arg) => arg.startsWith('--'));
  expect(used.length).toBeGreaterThan(3);
  expect(used.filter((flag) => !known.includes(flag))).toEqual([]);
});

test('each credential that it names is loaded', () => {
  const loaded = valuesOf('LoadCredential').map((value) => value.split(':')[0]);
  const named = [
    ...valuesOf('ExecStart')
      .join()
      .matchAll(/%d\/([\w.-]+)/g),
  ].map(([, name]) => name);
  expect(named.sort()).toEqual(loaded.sort());
  expect(named).toContain('tls.key');
});

test('it reloads by the signal that callerid takes, and gives it the time that it needs to end', () => {
  expect(valuesOf('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  expect(Number(valuesOf('TimeoutStopSec'))).toBeGreaterThan(10);
  expect(valuesOf('RestartPreventExitStatus')).toEqual(['2']); // what wrong settings end with
});

test.each([
  ['DynamicUser', 'yes'],
  ['NoNewPrivileges', 'yes'],
  ['ProtectSystem', 'strict'],
  ['ProtectHome', 'yes'],
  ['PrivateTmp', 'yes'],
  ['CapabilityBoundingSet', ''],
  ['RestrictAddressFamilies', 'AF_INET AF_INET6 AF_UNIX'],
])('an attack from within: %s=%s', (name, value) => {
  expect(valuesOf(name)).toEqual([value]);
});

test('no secret stands in it, and none is in an environment that others can read', () => {
  expect(text).not.toMatch(/^Environment=/m);
  expect(valuesOf('EnvironmentFile')).toEqual(['/etc/callerid/callerid.env']);
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test.runIf(hasSystemd)('systemd takes it, and finds little that it could do besides', () => {
  const directory = mkdtempSync(join(tmpdir(), 'callerid-unit-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const unit = join(directory, 'callerid.service');
  copyFileSync(path, unit);
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  // Node may be elsewhere on this machine.
  const problems = `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line && !/ is not executable: /.test(line));
  expect(problems.filter((line) => line.includes('callerid.service'))).toEqual([]);
  const security = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit], {
    encoding: 'utf8',
  });
  expect(security.stdout).toContain('Overall exposure level');
  expect(security.status).toBe(0);
});
