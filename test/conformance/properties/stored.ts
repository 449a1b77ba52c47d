/**
 * What holds for whatever may stand in a store or a cache: it is read as what it is, or not at all.
 */
import fc from 'fast-check';
import { PolicyError } from '../../../src/errors/classes.ts';
import { policyOutages } from '../../../src/errors/policy.ts';
import type { Rule } from '../../../src/mapping/rule.ts';
import { parsePolicy } from '../../../src/mapping/schema.ts';
import {
  decodePart,
  encodeDocument,
  encodePage,
  encodeRules,
  hashOf,
  partKey,
} from '../../../src/policy/part.ts';
import { PrefixTable, placementsOf, positionsOf } from '../../../src/policy/placement.ts';
import { decodePointer, encodePointer } from '../../../src/policy/pointer.ts';
import { PolicyReader } from '../../../src/policy/reader.ts';
import { RecentCallers } from '../../../src/policy/recent.ts';
import { decodeRecord, encodeRecord, policyKey } from '../../../src/policy/record.ts';
import { readEntry, writeEntry } from '../../../src/store/cache-entry.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { shareIdentities } from '../../../src/verifier/shared-identities.ts';
import { session } from '../../support/identities.ts';
import { exactRules, patternRules } from '../../support/policies.ts';
import { rules } from '../../support/policy-inputs.ts';
import { ensure, ensureSame, type Property, parser, property } from '../../support/property.ts';
import { spoiltJson, spoiltJsonText } from '../../support/spoil.ts';
import { now } from '../../support/token-builder.ts';

const clock = () => now;
const alice = session('alice');
const names = [
  ...['exact:', 'exact:0', 'exact:1', 'account:', 'account:0'],
  ...[
    'rules',
    'role',
    'user',
    'sso',
    'pattern',
    'account',
    'deny',
    'username',
    'groups',
    'reserved',
    'conditions',
  ],
  ...[
    'proof',
    'principalId',
    'notBefore',
    'apiAudiences',
    'tokenSeconds',
    'format',
    'version',
    'policy',
    'content',
  ],
];

/** Documents of a policy, valid ones. */
const policies = fc.record(
  {
    rules: fc.array(rules, { maxLength: 4 }),
    apiAudiences: fc.constant(['https://kubernetes.default.svc']),
    notBefore: fc.constantFrom('2026-11-24T05:00:00Z', '2026-11-24T05:00:00.5+01:00'),
    tokenSeconds: fc.constantFrom(60, 3600),
  },
  { requiredKeys: ['rules'] },
);

const some = [...exactRules(3), ...patternRules(2)];
const info = { writtenAt: '2026-11-24T05:00:00Z', author: 'a', message: 'm' };
const hash = 'h'.repeat(43);
const table = PrefixTable.of<string>([['', hash]], '') as PrefixTable<string>;
const halves = PrefixTable.of<string>(
  [
    ['0', hash],
    ['1', hash],
  ],
  '',
) as PrefixTable<string>;
const past = [
  { ...info, version: 2, content: { kind: 'document', hash } },
  { ...info, version: 1, content: { kind: 'manifest', pages: { exact: table, account: halves } } },
] as const;
const policy = parsePolicy({ rules: some });

/** What publishing writes at the key of a policy. */
const records: readonly string[] = [
  encodeRecord({ version: 3, writtenAt: info.writtenAt, policy }),
  encodePointer({
    ...info,
    version: 3,
    content: { kind: 'document', hash },
    inline: policy,
    history: past,
  }),
  encodePointer({
    ...info,
    version: 3,
    content: { kind: 'manifest', pages: { exact: halves, account: table }, notBefore: info.writtenAt },
    inline: undefined,
    history: past,
  }),
];

/** Where a rule for one principal is, in bits. */
function bitsOf(rule: Rule): string {
  return placementsOf(rule)
    .map(({ position }) => position.toString(2).padStart(32, '0'))
    .join();
}

/** Whose rules are all below one bit, and those of others. */
const halved = exactRules(6);

const parts: readonly string[] = [
  encodeDocument(policy),
  encodeRules(
    'exact',
    '',
    exactRules(2).map((rule) => JSON.stringify(rule)),
  ),
  encodeRules(
    'account',
    '',
    patternRules(2).map((rule) => JSON.stringify(rule)),
  ),
  ...['0', '1'].map((bit) =>
    encodeRules(
      'exact',
      bit,
      halved.filter((rule) => bitsOf(rule).startsWith(bit)).map((rule) => JSON.stringify(rule)),
    ),
  ),
  encodePage('exact', '', [
    ['0', [hash]],
    ['1', [hash, 'g'.repeat(43)]],
  ]),
];

function spoiltOf(texts: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...texts).chain((text) => spoiltJsonText(fc.constant(JSON.parse(text)), names));
}

/** A policy in parts whose every text may be spoilt; those under their true names, and those that are not. */
const store = fc
  .record({
    pointer: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, spoiltOf(records)),
    rules: spoiltOf([parts[1] as string]),
    accounts: spoiltOf([parts[2] as string]),
    isRenamed: fc.boolean(),
  })
  .map(async (texts) => {
    const kept = new MemoryStore();
    const put = async (text: string, good: string): Promise<string> => {
      const name = await hashOf(texts.isRenamed ? text : good);
      await kept.put(partKey('c', name), text);
      return name;
    };
    const page = async (space: 'exact' | 'account', name: string): Promise<PrefixTable<string>> => {
      const text = encodePage(space, '', [['', [name]]]);
      return PrefixTable.of([['', await put(text, text)]], '') as PrefixTable<string>;
    };
    const exact = await page('exact', await put(texts.rules, parts[1] as string));
    const account = await page('account', await put(texts.accounts, parts[2] as string));
    const content = { kind: 'manifest', pages: { exact, account } } as const;
    const pointer = encodePointer({ ...info, version: 4, content, inline: undefined, history: past });
    await kept.put(policyKey('c'), texts.pointer ?? pointer);
    return kept;
  });

async function decidesOrSays(kept: Promise<MemoryStore>): Promise<boolean> {
  const reader = new PolicyReader({ store: await kept, cluster: 'c', clock });
  const current = await reader.current();
  const found = current.ok ? await current.rulesFor(alice) : current;
  if (found.ok) {
    ensure(Number.isSafeInteger(found.version) && found.version > 0, 'a version that is no number');
    ensure(Number.isFinite(found.notBefore), 'a time that is no number');
    return true;
  }
  ensure(Object.hasOwn(policyOutages, found.code), `an unknown code ${found.code}`);
  const { problem } = reader.health();
  ensure(
    problem !== undefined && problem.length <= 300,
    'an outage without a reason, or with too much of it',
  );
  return false;
}

const caller = { identity: alice, at: now, letIn: true };
const shared = {
  caller: {
    account: '111122223333',
    arn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice',
    userId: 'AROAEXAMPLEID0000000A:alice',
  },
  requestId: 'r-1',
  verifiedAt: now - 1000,
};

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

export const stored: readonly Property[] = [
  parser({
    name: 'stored: a policy is read, or every issue told; what was read is read again alike',
    input: spoiltJson(policies, names),
    throws: [PolicyError],
    read: (value) => {
      const read = parsePolicy(value);
      ensureSame(parsePolicy(JSON.parse(JSON.stringify(read))), read, 'read again');
      return true;
    },
  }),
  parser({
    name: 'stored: a pointer',
    input: spoiltOf(records),
    throws: [PolicyError],
    read: (text) => {
      const { content, ...pointer } = decodePointer(text);
      ensure(Number.isSafeInteger(pointer.version) && pointer.version > 0, 'a version that is no number');
      if (content === undefined) return true;
      const again = encodePointer({ ...pointer, content });
      ensureSame(encodePointer({ ...decodePointer(again), content }), again, 'read again');
      for (const space of ['exact', 'account'] as const) {
        if (content.kind === 'manifest')
          ensure(content.pages[space].at(positionsOf(alice)[space]).length === 2, 'a gap');
      }
      return true;
    },
  }),
  parser({
    name: 'stored: a record of format 1',
    input: spoiltOf(records.slice(0, 1)),
    throws: [PolicyError],
    read: (text) => {
      const record = decodeRecord(text);
      ensureSame(decodeRecord(encodeRecord(record)), record, 'read again');
      return true;
    },
  }),
  parser({
    name: 'stored: a part',
    input: spoiltOf(parts),
    throws: [PolicyError],
    read: (text) => {
      const part = decodePart(text);
      for (const rule of part.kind === 'rules' ? part.rules : []) {
        ensure(part.kind === 'rules' && bitsOf(rule).startsWith(part.prefix), 'a rule out of its bucket');
      }
      if (part.kind === 'page') {
        for (let at = 0; at < 32; at++) {
          const [prefix, hashes] = part.buckets.at((at * 0x08000000) >>> 0);
          ensure(isText(prefix) && Array.isArray(hashes), 'a page with a gap');
        }
      }
      return true;
    },
  }),
  property({
    name: 'stored: a policy of which anything is spoilt decides by what is whole, or says that it cannot',
    cost: 10,
    leastAccepted: 0.1,
    input: store,
    check: decidesOrSays,
  }),
  property({
    name: 'stored: who came lately; what cannot be read was never there',
    cost: 3,
    input: spoiltJsonText(fc.constant([caller, { ...caller, letIn: false }]), [
      'identity',
      'at',
      'letIn',
      'arn',
    ]),
    check: async (text) => {
      const kept = new MemoryStore();
      kept.get = async () => text;
      const found = await new RecentCallers({ store: kept, cluster: 'c', clock }).list();
      for (const { identity, at } of found) {
        ensure(
          isText(identity.arn) && isText(identity.account) && typeof at === 'number',
          'a caller without facts',
        );
      }
      return found.length > 0;
    },
  }),
  property({
    name: 'stored: an entry of a cache, which has an end of its own',
    input: spoiltJsonText(fc.constant(JSON.parse(writeEntry('value', now + 1))), ['value', 'expiresAt']),
    check: (text) => {
      const value = readEntry(text, now);
      ensure(value === undefined || isText(value), 'a value that is no text');
      ensure(value === undefined || JSON.parse(text).expiresAt > now, 'a value that has ended');
      return value !== undefined;
    },
  }),
  property({
    name: 'stored: what isolates share is read as an answer of STS, of a time that has been',
    cost: 3,
    input: spoiltJsonText(fc.constant(shared), ['caller', 'account', 'arn', 'userId', 'verifiedAt']),
    check: async (text) => {
      let isRead = false;
      const cache = { get: async () => text, set: async () => {}, delete: async () => {} };
      const question = { key: 'k', verifiedSince: now - 5000 };
      await shareIdentities(cache).find(question, clock, (answer) => {
        const { account, arn, userId } = answer.caller;
        ensure([account, arn, userId].every(isText), 'a caller without facts');
        ensure(now - 5000 <= answer.verifiedAt && answer.verifiedAt <= now, 'of another time');
        isRead = true;
        return undefined;
      });
      return isRead;
    },
  }),
];
