/**
 * The settings of AWS-issued JWTs: whose issuer is whose.
 *
 * @module
 */
import * as v from 'valibot';
import { ConfigurationError } from '../errors/classes.ts';
import {
  type AwsJwtAlgorithm,
  type AwsJwtIssuer,
  awsJwtAlgorithms as algorithms,
  isAwsIssuer,
} from '../jwt/aws-issuer.ts';

/** By what the library says that it expected. */
const objectProblems: Readonly<Record<string, string>> = {
  Object: 'must be an object',
  never: 'no such setting',
};

// Every message is ours: those of the library repeat values.
const entry = v.strictObject(
  {
    issuer: v.custom<string>(isAwsIssuer, 'must be https://UUID.tokens.sts.global.api.aws, in lower case'),
    account: v.custom<string>(
      (value) => typeof value === 'string' && /^[0-9]{12}$/.test(value),
      'must be twelve digits in quotes',
    ),
    algorithms: v.exactOptional(
      v.custom<readonly AwsJwtAlgorithm[]>(
        isListOfAlgorithms,
        `must be a list of ${algorithms.join(' and ')}, each once`,
      ),
    ),
  },
  ({ expected }) => objectProblems[expected ?? ''] ?? 'missing',
);

const list = v.pipe(v.array(entry, 'must be a list'), v.minLength(1, 'must name an issuer'));

function isListOfAlgorithms(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every((one) => algorithms.includes(one))
  );
}

/**
 * Reads the issuers of a cluster.
 *
 * @param setting that errors name
 * @throws {ConfigurationError} never with a value in it
 */
export function readAwsJwtIssuers(value: unknown, setting: string): readonly AwsJwtIssuer[] {
  const read = v.safeParse(list, value);
  if (!read.success) {
    const [issue] = read.issues;
    throw wrong(setting, `${placeOf(issue.path)}${issue.message}`);
  }
  for (const field of ['issuer', 'account'] as const) {
    if (new Set(read.output.map((one) => one[field])).size < read.output.length) {
      throw wrong(setting, `names an ${field} twice`);
    }
  }
  return read.output;
}

/** Where something is wrong: `[0].account: `. What is no name of a field is not repeated. */
function placeOf(path: readonly { readonly key?: unknown }[] = []): string {
  const steps = path.map(({ key }) =>
    typeof key === 'number' ? `[${key}]` : /^[A-Za-z]\w{0,31}$/.test(String(key)) ? `.${key}` : '.…',
  );
  return steps.length === 0 ? '' : `${steps.join('')}: `;
}

/**
 * Throws where clusters say different things of one issuer: all share its keys.
 *
 * @throws {ConfigurationError}
 */
export function assertOneAccountOfEachIssuer(
  clusters: readonly { readonly awsJwtIssuers?: readonly AwsJwtIssuer[] | undefined }[],
): void {
  const known = new Map<string, string>();
  for (const one of clusters.flatMap(({ awsJwtIssuers = [] }) => awsJwtIssuers)) {
    const said = known.get(one.issuer) ?? identityOf(one);
    if (said !== identityOf(one)) {
      throw wrong('CALLERID_CLUSTERS', 'two clusters say different things of one issuer of JWTs');
    }
    known.set(one.issuer, said);
  }
}

function identityOf({ account, algorithms: taken = algorithms }: AwsJwtIssuer): string {
  return [account, ...[...taken].sort()].join();
}

function wrong(setting: string, problem: string): ConfigurationError {
  return new ConfigurationError(
    setting,
    problem,
    'Write [{"issuer": "https://UUID.tokens.sts.global.api.aws", "account": "111122223333"}], each once.',
  );
}
