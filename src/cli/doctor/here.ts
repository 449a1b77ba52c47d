/**
 * This environment: whether `callerid serve` would do here what it should.
 *
 * @module
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readPolicyLocation } from '../../runtime/policy-location.ts';
import { readSettings, type Settings } from '../../runtime/settings.ts';
import { FileStore } from '../../store/file.ts';
import type { Store } from '../../store/store.ts';
import { type FilePolicy, filePolicy } from '../serve/file-policy.ts';
import { shown } from '../text.ts';
import { clockFinding } from './clock.ts';
import { Examination, type Finding, fail, ok, skip, warn } from './examination.ts';
import { policyFinding } from './policy-finding.ts';
import { reachSts } from './sts-reach.ts';

export interface HereOptions {
  /** Of `--policy`. */
  readonly policy: string | undefined;
  readonly timeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
}

export interface Here {
  readonly examination: Examination;
  /** Undefined where they cannot work. */
  readonly settings: Settings | undefined;
  /** How far STS's clock is ahead of this machine's, in milliseconds. */
  readonly stsOffsetMs: number | undefined;
}

/** Looks at the settings, the store, the policies, STS and the clock. */
export async function examineHere({ policy, timeoutMs, env }: HereOptions): Promise<Here> {
  const examination = new Examination('this environment (what callerid serve reads; no wrangler.toml)');
  let settings: Settings | undefined;
  let file: FilePolicy | undefined;
  let store: Store | undefined;
  let stsOffsetMs: number | undefined;

  await examination.check('settings', [], () => {
    settings = readSettings(env);
    return settingsFinding(settings);
  });
  await examination.check('policy store', ['settings'], () => {
    file = filePolicy(policy, env);
    if (file !== undefined) {
      store = file.store;
      return ok('none: --policy names a file');
    }
    const location = readPolicyLocation(env.CALLERID_POLICY);
    if (location.kind === 'deno-kv')
      return skip('because Deno KV can be opened on Deno only; give --webhook');
    store = new FileStore(location.path);
    return directoryFinding(location.path, settings?.admin !== undefined);
  });
  for (const { id, trust } of settings?.clusters ?? []) {
    await examination.check(`policy ${id}`, ['policy store'], () => {
      const source = file;
      const load = source && (() => source.load());
      const applying =
        file === undefined
          ? `callerid policy apply FILE -m WHY --store '${shown(env.CALLERID_POLICY ?? '')}' --cluster ${id}`
          : 'correct the file';
      const hasEc2 = settings?.ec2 !== undefined;
      return policyFinding({ store: store as Store, cluster: id, load, applying, trust, hasEc2 });
    });
  }
  await examination.check('STS', ['settings'], async () => {
    const reach = await reachSts(settings?.endpoints ?? {}, timeoutMs);
    stsOffsetMs = reach.offsetMs;
    return reach.finding;
  });
  await examination.check('clock', ['settings'], () => {
    return clockFinding(stsOffsetMs === undefined ? undefined : -stsOffsetMs, 'this machine', 'STS');
  });
  return { examination, settings, stsOffsetMs };
}

function settingsFinding({ clusters, admin, warnings }: Settings): Finding {
  const ids = clusters.map(({ id }) => id).join(', ');
  const what = `${clusters.length === 1 ? 'cluster' : 'clusters'} ${ids}; ${admin === undefined ? 'no ' : ''}admin API`;
  if (warnings.length === 0) return ok(what);
  return warn(what, 'see docs/configuration.md', warnings.map(shown));
}

/** @param mustWrite whether the admin API has to */
async function directoryFinding(path: string, mustWrite: boolean): Promise<Finding> {
  const name = shown(path);
  const create = 'create it, readable for the user that serves, or correct CALLERID_POLICY';
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return fail(`${name} is no directory`, create);
    await access(path, constants.R_OK | constants.X_OK);
    if (mustWrite && !(await isWritable(path))) {
      const fix = 'make it writable for the user that serves, or switch the admin API off';
      return fail(`${name} can be read and not written, which the admin API has to`, fix);
    }
    if (found.mode & constants.S_IWOTH) {
      return warn(
        `${name} may be written by everybody on this machine`,
        'take that right away (chmod o-w): whoever writes there decides who comes in',
      );
    }
    return ok(`${name} can be read${mustWrite ? ' and written' : ''}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return fail(`${name} is not there`, create);
    return fail(`${name} cannot be read (${code})`, 'make it readable for the user that serves');
  }
}

/** The directory, and the one of the policies where it is there already. */
async function isWritable(path: string): Promise<boolean> {
  const inside = await stat(join(path, 'policy')).then(
    () => [join(path, 'policy')],
    () => [],
  );
  const tries = [path, ...inside].map((one) => access(one, constants.W_OK | constants.X_OK));
  return Promise.all(tries).then(
    () => true,
    () => false,
  );
}
