/**
 * The settings of a profile in the files that all AWS tools share.
 *
 * @module
 */
import { usageError } from '../exit-codes.ts';
import { fs, os, path } from '../node-builtins.ts';

/** A profile; `settings` has the keys in lower case, as written in `~/.aws/config` and `~/.aws/credentials`. */
export interface Profile {
  readonly name: string;
  /** Whether somebody asked for it by name; else it is `default`, which need not exist. */
  readonly named: boolean;
  readonly settings: ReadonlyMap<string, string>;
}

type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Reads a profile. Without a name it is that of AWS_DEFAULT_PROFILE or AWS_PROFILE, in the order of the AWS CLI.
 *
 * @throws where a profile of this name is in neither file
 */
export function readProfile(option: string | undefined, env: NodeJS.ProcessEnv): Profile {
  const asked = option ?? (env.AWS_DEFAULT_PROFILE || env.AWS_PROFILE || undefined);
  const name = asked ?? 'default';
  const config = readIni(env.AWS_CONFIG_FILE, 'config');
  const inConfig = config.get(`profile ${name}`) ?? (name === 'default' ? config.get(name) : undefined);
  const inCredentials = readIni(env.AWS_SHARED_CREDENTIALS_FILE, 'credentials').get(name);
  if (asked !== undefined && asked !== 'default' && inConfig === undefined && inCredentials === undefined) {
    const from = option === undefined ? 'AWS_PROFILE' : '--profile';
    throw usageError(`${from}: no such profile in the AWS config files`, 'see aws configure list-profiles');
  }
  // the AWS CLI lets the credentials file win
  return {
    name,
    named: asked !== undefined,
    settings: new Map([...(inConfig ?? []), ...(inCredentials ?? [])]),
  };
}

function readIni(setting: string | undefined, name: string): Sections {
  try {
    const home = os.homedir();
    const file = setting ? setting.replace(/^~(?=\/|$)/, () => home) : path.join(home, '.aws', name);
    return parseIni(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // no such file, or a user without a home, as in some containers
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_SYSTEM_ERROR') return new Map();
    throw usageError(`the AWS ${name} file cannot be read (${code})`, 'check its permissions');
  }
}

/** Sections by name, quotes taken off. Indented lines belong to the key above them and are of no use here. */
function parseIni(text: string): Sections {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const [, title] = /^\[\s*(.*?)\s*\]/.exec(line) ?? [];
    if (title !== undefined) {
      const name = title.replace(/^profile\s+/, 'profile ').replaceAll(/["']/g, '');
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
    }
    const [, key, value] = /^([\w-]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) section?.set(key.toLowerCase(), value);
  }
  return sections;
}
