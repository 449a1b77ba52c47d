/**
 * What /metrics prints, what the documentation says of it, and what the dashboard and the alerts ask for: the same names,
 * types and labels.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import type { LogRecord } from '../../src/http/sink.ts';
import { EverySink } from '../support/observers.ts';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');

interface Metric {
  readonly type: string;
  readonly labels: ReadonlySet<string>;
}

const common = { time: '2026-11-24T12:00:00.000Z', decisionId: 'd', cluster: 'prod', durationMs: 3 };

const records = [
  {
    event: 'review',
    verdict: 'mapped',
    cached: false,
    breakGlass: true,
    shadow: { outcome: 'agrees', theirs: 'granted' },
  },
  { event: 'review', verdict: 'unavailable', code: 'policy_missing' },
  { event: 'exchange', verdict: 'issued', cached: true },
  { event: 'admin', operation: 'putPolicy', status: 200, policyVersion: 2 },
  { event: 'circuit', host: 'sts.eu-west-1.amazonaws.com', state: 'open' },
];

let printed: ReadonlyMap<string, Metric>;

beforeAll(async () => {
  const observed = new EverySink();
  for (const record of records) observed.record({ ...common, ...record } as unknown as LogRecord);
  const { sts } = observed.metrics;
  const endpoint = { host: 'sts.eu-west-1.amazonaws.com', region: 'eu-west-1', listed: true };
  sts.onStsCall!({ endpoint, outcome: 'throttled', durationMs: 5 });
  vi.spyOn(globalThis, 'fetch').mockRejectedValueOnce(new TypeError('no'));
  await expect(sts.fetch(`https://${endpoint.host}/?Action`)).rejects.toThrow('no');
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response());
  await sts.fetch(`https://${endpoint.host}/?Action`);
  await observed.metrics.fetchEc2('https://ec2.eu-west-1.amazonaws.com/', {
    body: 'Action=DescribeInstances&Version=2016-11-15',
  });
  vi.restoreAllMocks();
  const policies = { health: () => ({ version: 2, ageMs: 5, problem: undefined }) };
  observed.metrics.watch([{ id: 'prod', policies } as never]);
  printed = read(await observed.printed());
});

/** Reads the text format strictly, as Prometheus does. */
function read(text: string): Map<string, Metric> {
  const found = new Map<string, { type: string; labels: Set<string> }>();
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (name && type) types.set(name, type);
    if (line === '' || line.startsWith('#')) continue;
    const sample =
      /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*)\})? -?(?:[\d.e+-]+|\+Inf)$/.exec(
        line,
      );
    if (sample === null) throw new Error(`no sample: ${line}`);
    const [, full = '', labels = ''] = sample;
    const base = types.has(full) ? full : full.replace(/_(?:bucket|sum|count)$/, '');
    const known = found.get(base) ?? { type: types.get(base) ?? 'none', labels: new Set<string>() };
    for (const [, label = ''] of labels.matchAll(/([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"/g)) {
      if (label !== 'le') known.labels.add(label);
    }
    found.set(base, known);
  }
  return found;
}

/** Names and labels that an expression asks for, with the suffixes of histograms. */
function asked(expression: string): { name: string; labels: string[] }[] {
  const names = /\b((?:callerid|aws_iam_authenticator|process)_\w+)(?:\{([^}]*)\})?/g;
  const grouped = [...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(/, */),
  );
  return [...expression.matchAll(names)].map(([, name = '', selector = '']) => {
    const selected = [...selector.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label);
    return { name, labels: [...selected, ...grouped] };
  });
}

/** What a scrape adds to every series. */
const ofTheScrape = new Set(['job', 'instance']);

function wrongIn(expression: string): string[] {
  return asked(expression).flatMap(({ name, labels }) => {
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    const histogram = printed.get(base)?.type === 'histogram' ? printed.get(base) : undefined;
    const metric = histogram && base !== name ? histogram : printed.get(name);
    if (metric === undefined || (histogram && base === name)) return [`${name} is not there`];
    return labels
      .filter((label) => !ofTheScrape.has(label))
      .filter((label) => (label === 'le' ? !name.endsWith('_bucket') : !metric.labels.has(label)))
      .map((label) => `${name} has no ${label}`);
  });
}

/** As far as it goes without a parser: brackets and quotes that match, ranges that are times, counters as rates. */
function malformed(expression: string): string[] {
  const problems: string[] = [];
  const bare = expression.replace(/"(?:[^"\\\n]|\\.)*"/g, '');
  if (bare.includes('"')) problems.push('a quote is left open');
  const open: string[] = [];
  for (const [bracket] of bare.matchAll(/[()[\]{}]/g)) {
    const at = '([{'.indexOf(bracket);
    if (at >= 0) open.push(')]}'.charAt(at));
    else if (open.pop() !== bracket) problems.push(`${bracket} closes nothing`);
  }
  if (open.length > 0) problems.push(`${open.join()} is missing`);
  for (const [, range = ''] of bare.matchAll(/\[([^\]]*)\]/g)) {
    if (!/^(?:\d+[smhd]|\$__rate_interval)$/.test(range)) problems.push(`[${range}] is no time`);
  }
  for (const [whole, name = ''] of bare.matchAll(/(\w+_(?:total|bucket|count)\b)(?:\{[^}]*\})?(?![[{])/g)) {
    if (!bare.includes(`${whole}[`)) problems.push(`${name} is a counter, and no rate of it is taken`);
  }
  return problems;
}

test('every metric that is defined has been printed, with a type', () => {
  expect(printed.size).toBeGreaterThan(20);
  expect([...printed].filter(([, { type }]) => type === 'none')).toEqual([]);
});

test('docs/metrics.md lists them: names, types and labels', () => {
  const rows = [
    ...textOf('docs/metrics.md').matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \|([^|]*)\|/gm),
  ];
  const documented = rows.map(([, name = '', type, labels = '']) => {
    return [name, type, [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort()];
  });
  const real = [...printed].map(([name, { type, labels }]) => [name, type, [...labels].sort()]);
  expect(documented.sort()).toEqual(real.sort());
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

const { groups } = parse(textOf('deploy/prometheus-rules.yaml')) as {
  groups: { name: string; rules: Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

describe('deploy/prometheus-rules.yaml', () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))('%s', (_, rule) => {
    expect(
      Object.keys(rule).filter((key) => !['alert', 'expr', 'for', 'labels', 'annotations'].includes(key)),
    ).toEqual([]);
    expect(rule.alert).toMatch(/^Callerid[A-Z]\w+$/);
    expect(rule.for ?? '0m').toMatch(/^\d+[smh]$/);
    expect(['critical', 'warning']).toContain(rule.labels.severity);
    const { summary, description, runbook_url: runbook } = rule.annotations;
    expect(description.length).toBeGreaterThan(40);
    expect(runbook).toMatch(
      /^docs\/operations\.md#(?:no-verdicts|policy-stale|sts-throttling|break-glass|latency|refusals)$/,
    );
    expect(asked(rule.expr)).not.toEqual([]);
    expect([...wrongIn(rule.expr), ...malformed(rule.expr)]).toEqual([]);
    // a label that the expression does not keep would be empty
    for (const [, label = ''] of summary.matchAll(/\$labels\.(\w+)/g))
      expect(rule.expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
  });

  test('no two have one name', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test.runIf(existsSync(join(root, 'docs/operations.md')))('what to do is in docs/operations.md', () => {
    const page = textOf('docs/operations.md');
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const anchors = [...headings, ...[...page.matchAll(/<a (?:id|name)="([\w-]+)"/g)].map(([, id]) => id)];
    for (const { annotations } of rules) expect(anchors).toContain(annotations.runbook_url.split('#')[1]);
  });
});

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly {
    readonly expr: string;
    readonly legendFormat: string;
    readonly refId: string;
  }[];
}

const dashboard = JSON.parse(textOf('deploy/grafana-dashboard.json')) as {
  panels: Panel[];
  templating: { list: { name: string; definition?: string }[] };
};

describe('deploy/grafana-dashboard.json', () => {
  test.each(dashboard.panels.map((panel) => [panel.title, panel] as const))(
    '%s',
    (_, { targets, gridPos }) => {
      expect(targets).not.toEqual([]);
      for (const { expr, legendFormat } of targets) {
        expect([...wrongIn(expr), ...malformed(expr)]).toEqual([]);
        for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
          if (label !== 'instance') expect(expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
        }
      }
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    },
  );

  test('its panels have IDs and places of their own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x},${y}`)).size).toBe(panels.length);
  });

  test('its variables are there, and their labels', () => {
    const names = dashboard.templating.list.map(({ name }) => name);
    const used = JSON.stringify(dashboard.panels).matchAll(/\$\{?(?!__)(\w+)/g);
    expect(new Set([...used].map(([, name]) => name))).toEqual(new Set(names));
    for (const { definition } of dashboard.templating.list) {
      const [, name = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition ?? '') ?? [];
      if (definition === undefined) continue;
      expect(wrongIn(`sum by (${label}) (${name})`)).toEqual([]);
    }
  });

  test('shows every metric that there is', () => {
    const all = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
    expect([...printed.keys()].filter((name) => !all.includes(name))).toEqual([]);
  });
});

describe('the checks see', () => {
  test.each([
    ['a name that is not there', 'rate(callerid_review_total[5m])', 'callerid_review_total is not there'],
    [
      'a label that is not there',
      'rate(callerid_reviews_total{node="x"}[5m])',
      'callerid_reviews_total has no node',
    ],
    [
      'a group that is not there',
      'sum by (region) (rate(callerid_reviews_total[5m]))',
      'callerid_reviews_total has no region',
    ],
    [
      'a histogram as a whole',
      'callerid_review_duration_seconds > 1',
      'callerid_review_duration_seconds is not there',
    ],
    [
      'a bucket of a counter',
      'rate(callerid_reviews_total_bucket[5m])',
      'callerid_reviews_total_bucket is not there',
    ],
  ])('%s', (_, expression, problem) => {
    expect(wrongIn(expression)).toEqual([problem]);
  });

  test.each([
    ['sum(rate(callerid_reviews_total[5m])', ') is missing'],
    ['callerid_policy_problem{cluster="x} > 0', 'a quote is left open'],
    ['rate(callerid_reviews_total[5])', '[5] is no time'],
    ['callerid_reviews_total > 5', 'callerid_reviews_total is a counter, and no rate of it is taken'],
  ])('%s', (expression, problem) => {
    expect(malformed(expression)).toContain(problem);
  });
});
