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
  { id: 'mapping-rules', what: 'mapping time, 100,000 rules ÷ 10 rules', better: 'less', goal: 1.3 },
  { id: 'mapping-patterns', what: 'mapping time, 1,000 patterns ÷ 10 patterns', better: 'less', goal: 3 },
  { id: 'parse', what: 'parse + validate ÷ new URL + URLSearchParams', better: 'less', goal: 1 },
  { id: 'webhook-gzip', what: 'Worker bundle, webhook only, bytes gzip', better: 'less', goal: 40_000 },
  { id: 'command-node', what: 'callerid token ÷ bare node', better: 'less', goal: 1.3 },
  { id: 'command-aws', what: 'callerid token ÷ aws eks get-token', better: 'less', goal: 0.12 },
];
