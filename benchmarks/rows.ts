/**
 * The rows of the table: what each figure is called, which way is good, and the goal where there is one.
 *
 * @module
 */

export interface Row {
  readonly id: string;
  readonly what: string;
  /** Which way is good. */
  readonly better: 'more' | 'less';
  readonly goal?: number;
}

export const rows: readonly Row[] = [
  { id: 'cached-node', what: 'cached review ÷ yardstick route, Node', better: 'more', goal: 0.85 },
  { id: 'cached-deno', what: 'cached review ÷ yardstick route, Deno', better: 'more', goal: 0.85 },
  { id: 'cached-workerd', what: 'cached review ÷ yardstick route, workerd', better: 'more', goal: 0.85 },
  {
    id: 'uncached-slow-sts-node',
    what: 'uncached review ÷ bare proxy route, STS of 10 ms, Node',
    better: 'more',
    goal: 0.9,
  },
  { id: 'uncached-node', what: 'uncached review ÷ bare proxy route, Node', better: 'more', goal: 0.9 },
  {
    id: 'uncached-slow-sts-deno',
    what: 'uncached review ÷ bare proxy route, STS of 10 ms, Deno',
    better: 'more',
    goal: 0.9,
  },
  { id: 'uncached-deno', what: 'uncached review ÷ bare proxy route, Deno', better: 'more', goal: 0.9 },
  {
    id: 'uncached-slow-sts-workerd',
    what: 'uncached review ÷ bare proxy route, STS of 10 ms, workerd',
    better: 'more',
    goal: 0.9,
  },
  { id: 'uncached-workerd', what: 'uncached review ÷ bare proxy route, workerd', better: 'more', goal: 0.9 },
  { id: 'foreign-node', what: 'foreign tokens ÷ yardstick route, Node', better: 'more', goal: 0.95 },
  { id: 'foreign-deno', what: 'foreign tokens ÷ yardstick route, Deno', better: 'more', goal: 0.95 },
  { id: 'foreign-workerd', what: 'foreign tokens ÷ yardstick route, workerd', better: 'more', goal: 0.95 },
  { id: 'foreign-sts-calls-node', what: 'foreign tokens, calls of STS, Node', better: 'less', goal: 0 },
  { id: 'foreign-sts-calls-deno', what: 'foreign tokens, calls of STS, Deno', better: 'less', goal: 0 },
  { id: 'foreign-sts-calls-workerd', what: 'foreign tokens, calls of STS, workerd', better: 'less', goal: 0 },
  { id: 'reference-uncached', what: 'callerid ÷ aws-iam-authenticator, uncached', better: 'more', goal: 1 },
  {
    id: 'reference-repeated',
    what: 'callerid ÷ aws-iam-authenticator, repeated token',
    better: 'more',
    goal: 5,
  },
  {
    id: 'reference-repeated-10000',
    what: 'callerid ÷ aws-iam-authenticator, repeated token, 10,000 mappings',
    better: 'more',
    goal: 10,
  },
  {
    id: 'reference-uncached-10000',
    what: 'callerid ÷ aws-iam-authenticator, uncached, 10,000 mappings',
    better: 'more',
  },
  {
    id: 'reference-uncached-h2',
    what: 'callerid ÷ aws-iam-authenticator, uncached, STS in HTTP/2',
    better: 'more',
  },
  {
    id: 'reference-repeated-h2',
    what: 'callerid ÷ aws-iam-authenticator, repeated token, STS in HTTP/2',
    better: 'more',
  },
  {
    id: 'reference-cpu-uncached',
    what: 'callerid ÷ aws-iam-authenticator, CPU time, uncached',
    better: 'less',
  },
  {
    id: 'reference-cpu-repeated',
    what: 'callerid ÷ aws-iam-authenticator, CPU time, repeated token',
    better: 'less',
  },
  {
    id: 'reference-cpu-uncached-10000',
    what: 'callerid ÷ aws-iam-authenticator, CPU time, uncached, 10,000 mappings',
    better: 'less',
  },
  {
    id: 'reference-cpu-repeated-10000',
    what: 'callerid ÷ aws-iam-authenticator, CPU time, repeated token, 10,000 mappings',
    better: 'less',
  },
  {
    id: 'reference-cpu-uncached-h2',
    what: 'callerid ÷ aws-iam-authenticator, CPU time, uncached, STS in HTTP/2',
    better: 'less',
  },
  {
    id: 'reference-cpu-repeated-h2',
    what: 'callerid ÷ aws-iam-authenticator, CPU time, repeated token, STS in HTTP/2',
    better: 'less',
  },
  { id: 'mapping-rules', what: 'mapping time, 100,000 rules ÷ 10 rules', better: 'less', goal: 1.3 },
  { id: 'mapping-rules-1000', what: 'mapping time, 1,000 rules ÷ 10 rules', better: 'less' },
  { id: 'mapping-decisions', what: 'decision without HTTP, 100,000 rules ÷ 10 rules', better: 'less' },
  { id: 'mapping-patterns', what: 'mapping time, 1,000 patterns ÷ 10 patterns', better: 'less', goal: 3 },
  {
    id: 'mapping-patterns-first',
    what: 'mapping time, 1,000 patterns ÷ 10 patterns, callers not seen before',
    better: 'less',
  },
  {
    id: 'mapping-patterns-tangled',
    what: 'the same, eight stars in each pattern and names that miss all by one character',
    better: 'less',
  },
  { id: 'policy-writes', what: 'values written, one rule of 100,000 changed', better: 'less' },
  { id: 'policy-memory', what: 'heap of held rules ÷ what they are taken to weigh', better: 'less' },
  { id: 'parse', what: 'parse + validate ÷ new URL + URLSearchParams', better: 'less', goal: 1 },
  { id: 'sign', what: 'sign a token ÷ presign of @smithy/signature-v4', better: 'less' },
  { id: 'map', what: 'map an identity ÷ a look-up in a Map, names replaced', better: 'less' },
  { id: 'explain', what: 'explain a mapping ÷ map', better: 'less' },
  { id: 'json', what: 'review and answer as JSON ÷ JSON.parse + JSON.stringify', better: 'less' },
  { id: 'jwt-rs256', what: "verify a JWT ÷ jose's jwtVerify, RS256, speed", better: 'more', goal: 0.9 },
  { id: 'jwt-es384', what: "verify a JWT ÷ jose's jwtVerify, ES384, speed", better: 'more', goal: 0.9 },
  { id: 'webhook-gzip', what: 'Worker bundle, webhook only, bytes gzip', better: 'less', goal: 40_000 },
  { id: 'worker-gzip', what: 'Worker bundle, everything, bytes gzip', better: 'less' },
  { id: 'start-webhook', what: 'start to first review ÷ bare Hono Worker, webhook only', better: 'less' },
  { id: 'start-worker', what: 'start to first review ÷ bare Hono Worker, everything', better: 'less' },
  { id: 'start-cpu-webhook', what: 'CPU time of that ÷ bare Hono Worker, webhook only', better: 'less' },
  { id: 'start-cpu-worker', what: 'CPU time of that ÷ bare Hono Worker, everything', better: 'less' },
  {
    id: 'memory-node',
    what: 'resident set after 10 times the cache in distinct tokens ÷ after 5 times, Node',
    better: 'less',
    goal: 1.2,
  },
  { id: 'command-node', what: 'callerid token ÷ bare node', better: 'less', goal: 1.3 },
  { id: 'command-aws', what: 'callerid token ÷ aws eks get-token', better: 'less', goal: 0.12 },
];
