/**
 * Answers of STS with status 200 that are none: another type, another shape, or what contradicts itself. A few are
 * odd and right.
 */
import type { StsFault } from './sts-statuses.ts';

interface Caller {
  readonly Account: string;
  readonly Arn: string;
  readonly UserId: string;
}

const json = 'application/json';

/** The true answer, written anew. */
function written(name: string, write: (caller: Caller) => unknown, isRight = false): StsFault {
  return {
    name,
    code: isRight ? undefined : 'sts_answer_unexpected',
    async answering(truth) {
      const { GetCallerIdentityResponse: response } = await (await truth()).json();
      const body = write(response.GetCallerIdentityResult);
      return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
        headers: { 'content-type': json },
      });
    },
  };
}

/** The true answer under another type. Bytes, as a text would bring a type of its own. */
function typed(type: string | undefined, isRight = false): StsFault {
  return {
    name: `content type ${JSON.stringify(type)}`,
    code: isRight ? undefined : 'sts_answer_unexpected',
    async answering(truth) {
      const headers = type === undefined ? {} : { 'content-type': type };
      return new Response(await (await truth()).arrayBuffer(), { headers });
    },
  };
}

const answerOf = (result: unknown) => ({ GetCallerIdentityResponse: { GetCallerIdentityResult: result } });

/** As `answerOf`, but with members as they are written, so that one can be there twice. */
const verbatim = (members: string) =>
  `{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{${members}}}}`;

const other = '999999999999';
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

const types: readonly StsFault[] = [
  typed(undefined),
  ...[
    '',
    'text/html',
    'text/xml',
    'text/plain',
    'text/json',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json-seq',
    'application/x-amz-json-1.1',
    'application/json, text/html',
    'text/html, application/json',
    'text/html; x=application/json',
  ].map((type) => typed(type)),
  ...[
    'application/json;charset=utf-8',
    'APPLICATION/JSON',
    'application/json ; x="a,b;c"; y',
    'application/json;',
  ].map((type) => typed(type, true)),
];

const shapes: readonly StsFault[] = [
  written('null', () => null),
  written('a text', () => '"yes"'),
  written('a number', () => 200),
  written('true', () => true),
  written('an empty list', () => []),
  written('the answer in a list', (caller) => [answerOf(caller)]),
  written('a list for the result', (caller) => answerOf([caller])),
  written('a list for the response', (caller) => ({
    GetCallerIdentityResponse: [{ GetCallerIdentityResult: caller }],
  })),
  written('null for the result', () => answerOf(null)),
  written('null for the response', () => ({ GetCallerIdentityResponse: null })),
  written('the result without the response', (caller) => ({ GetCallerIdentityResult: caller })),
  written('the members alone', (caller) => caller),
  written('members in lower case', (caller) =>
    answerOf({ account: caller.Account, arn: caller.Arn, userid: caller.UserId }),
  ),
  written('nested too deep', () => deep(30_000)),
  written('nested too deep, beside the result', (caller) => {
    const result = JSON.stringify(answerOf(caller)).slice(1, -1);
    return `{"x":${deep(20_000)}${'}'.repeat(3)},${result}}`;
  }),
  written('broken', (caller) => `${JSON.stringify(answerOf(caller))}}`),
  written('two answers', (caller) => JSON.stringify(answerOf(caller)).repeat(2)),
  written(
    'XML',
    (caller) => `<GetCallerIdentityResponse><Arn>${caller.Arn}</Arn></GetCallerIdentityResponse>`,
  ),
  ...(['Account', 'Arn', 'UserId'] as const).flatMap((name) => [
    written(`without ${name}`, (caller) => answerOf({ ...caller, [name]: undefined })),
    written(`null for ${name}`, (caller) => answerOf({ ...caller, [name]: null })),
    written(`an empty ${name}`, (caller) => answerOf({ ...caller, [name]: '' })),
    written(`${name} in a list`, (caller) => answerOf({ ...caller, [name]: [caller[name]] })),
    written(`an object for ${name}`, (caller) => answerOf({ ...caller, [name]: { toString: caller[name] } })),
    written(`a number for ${name}`, (caller) => answerOf({ ...caller, [name]: 111122223333 })),
    written(`${name} with a line break`, (caller) => answerOf({ ...caller, [name]: `${caller[name]}\n` })),
    written(`${name} with a NUL`, (caller) => answerOf({ ...caller, [name]: `${caller[name]}\0` })),
    written(`attack: ${name} by the prototype`, (caller) => {
      const { [name]: value, ...rest } = caller;
      const own = JSON.stringify(rest).slice(1, -1);
      return verbatim(`${own},"__proto__":{"${name}":${JSON.stringify(value)}}`);
    }),
    written(`attack: ${name} twice, and the last is another`, (caller) =>
      verbatim(`${JSON.stringify(caller).slice(1, -1)},"${name}":"${other}"`),
    ),
  ]),
  written('attack: the response by the prototype', (caller) => ({
    constructor: { prototype: answerOf(caller) },
  })),
  written('attack: the result twice, and the last is empty', (caller) =>
    JSON.stringify(answerOf(caller)).replace(/\}\}$/, ',"GetCallerIdentityResult":{}}}'),
  ),
];

const contradictions: readonly StsFault[] = [
  written('another account in Account', (caller) => answerOf({ ...caller, Account: other })),
  written('another account in the ARN', (caller) =>
    answerOf({ ...caller, Arn: caller.Arn.replace(/\d{12}/, other) }),
  ),
  written('another session in the user ID', (caller) =>
    answerOf({ ...caller, UserId: caller.UserId.replace(/:.*/, ':mallory') }),
  ),
  written('another session in the ARN', (caller) =>
    answerOf({ ...caller, Arn: caller.Arn.replace(/[^/]*$/, 'mallory') }),
  ),
  ...['aws-cn', 'aws-us-gov', 'aws-eusc', 'AWS', ''].map((partition) =>
    written(`another partition: ${JSON.stringify(partition)}`, (caller) =>
      answerOf({ ...caller, Arn: caller.Arn.replace(/^arn:aws:/, `arn:${partition}:`) }),
    ),
  ),
  written('a role in place of its session', (caller) =>
    answerOf({ ...caller, Arn: 'arn:aws:iam::111122223333:role/Admin' }),
  ),
  written('a service in place of a caller', (caller) => answerOf({ ...caller, Arn: 'sts.amazonaws.com' })),
  written('attack: a name beyond the alphabet', (caller) =>
    answerOf({ ...caller, Arn: caller.Arn.replace('Admin', 'Ad{min') }),
  ),
  written(
    'further members, right',
    (caller) => ({ x: 1, ...answerOf({ ...caller, Added: [deep(9)] }) }),
    true,
  ),
];

export const stsShapes: readonly StsFault[] = [...types, ...shapes, ...contradictions];
