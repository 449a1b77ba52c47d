/**
 * Traces: what they say, whose children they are, and that nothing else is traced meanwhile.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type ContextManager,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LogRecord } from '../../src/http/sink.ts';
import { createTraces } from '../../src/runtime/traces.ts';
import { Deployment, people, prod } from '../support/deployment.ts';
import { EverySink } from '../support/observers.ts';

/** As that of the SDK for Node. */
class LocalContexts implements ContextManager {
  readonly #contexts = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.#contexts.getStore() ?? ROOT_CONTEXT;
  }
  with: ContextManager['with'] = (active, work, self, ...args) =>
    this.#contexts.run(active, () => work.call(self as never, ...args));
  bind<T>(_: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

/** Reads `traceparent` as the W3C has it. */
const propagator: TextMapPropagator = {
  inject() {},
  extract(active, carrier, getter) {
    const [, trace128, parent] =
      /^00-(\w{32})-(\w{16})-01$/.exec(String(getter.get(carrier, 'traceparent'))) ?? [];
    if (trace128 === undefined || parent === undefined) return active;
    return trace.setSpanContext(active, { traceId: trace128, spanId: parent, traceFlags: 1, isRemote: true });
  },
  fields: () => ['traceparent'],
};

const spans = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });

beforeAll(() => {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new LocalContexts());
  propagation.setGlobalPropagator(propagator);
});

afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

beforeEach(() => spans.reset());

const ms = ([seconds, nanos]: ReadableSpan['startTime']) => seconds * 1000 + nanos / 1e6;
const found = () => spans.getFinishedSpans();
const named = (name: string) => found().find((span) => span.name === name)!;

const record = {
  event: 'review',
  time: '2026-11-24T12:00:00.000Z',
  decisionId: 'd-1',
  cluster: prod,
  verdict: 'mapped',
  username: 'alice',
  rule: 'role arn:aws:iam::111122223333:role/Admin',
  policyVersion: 3,
  arn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice',
  account: '111122223333',
  accessKeyId: 'ASIAEXAMPLE',
  cached: false,
  stsHost: 'sts.eu-west-1.amazonaws.com',
  stsRequestId: 'r-1',
  durationMs: 140,
  verifyMs: 80,
  ec2Ms: 50,
} as unknown as LogRecord;

describe('the spans of a record', () => {
  test('have its times, and a child for each stage, one after the other', () => {
    createTraces().record(record);
    const start = Date.parse('2026-11-24T12:00:00.000Z');
    const times = found().map((span) => [span.name, ms(span.startTime) - start, ms(span.endTime) - start]);
    expect(times).toEqual([
      ['callerid.ec2', 90, 140],
      ['callerid.verify', 10, 90],
      ['callerid.review', 0, 140],
    ]);
    const parent = named('callerid.review').spanContext().spanId;
    expect(named('callerid.verify').parentSpanContext?.spanId).toBe(parent);
    expect(named('callerid.ec2').parentSpanContext?.spanId).toBe(parent);
  });

  test('say what was decided, and not about whom', () => {
    createTraces().record(record);
    expect(named('callerid.review').attributes).toEqual({
      'callerid.decision_id': 'd-1',
      'callerid.cluster': prod,
      'callerid.policy_version': 3,
      'callerid.verdict': 'mapped',
      'callerid.cached': false,
      'callerid.sts_host': 'sts.eu-west-1.amazonaws.com',
      'callerid.sts_request_id': 'r-1',
    });
    expect(named('callerid.review').status.code).toBe(SpanStatusCode.UNSET);
  });

  test('are errors where nobody was judged', () => {
    createTraces().record({ ...record, verdict: 'unavailable', code: 'sts_timeout' } as LogRecord);
    expect(named('callerid.review').status).toEqual({ code: SpanStatusCode.ERROR, message: 'sts_timeout' });
  });

  test('of the admin API say the operation, and not by whom', () => {
    const admin = {
      event: 'admin',
      time: '2026-11-24T12:00:00.000Z',
      decisionId: 'd-2',
      operation: 'putPolicy',
    };
    createTraces().record({ ...admin, author: 'arn:x', status: 409, durationMs: 4 } as unknown as LogRecord);
    expect(named('callerid.admin').attributes).toEqual({
      'callerid.decision_id': 'd-2',
      'callerid.operation': 'putPolicy',
      'http.response.status_code': 409,
    });
  });

  test('go to a tracer that is given', () => {
    const others = new InMemorySpanExporter();
    const own = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(others)] });
    createTraces(own.getTracer('own')).record(record);
    expect([others.getFinishedSpans().length, found().length]).toEqual([3, 0]);
  });
});

describe('a deployment that is traced', () => {
  /** Its `fetch` is instrumented, as by somebody's SDK. */
  async function traced() {
    const traces = createTraces();
    const log: LogRecord[] = [];
    const deployment = await Deployment.start({
      fetch: ((url: string, init: RequestInit) =>
        trace
          .getTracer('undici')
          .startActiveSpan('GET', { attributes: { 'url.full': url } }, async (span) => {
            const answer = await deployment.sts.fetch(url, init);
            span.end();
            return answer;
          })) as typeof fetch,
      log(line) {
        log.push(line);
        traces.record(line);
      },
    });
    const app = traces.around!(deployment.app);
    const ask = async (headers: Record<string, string> = {}) => {
      const spec = { token: await deployment.sign(people.admin) };
      const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec });
      const authorization = 'Bearer prod-api-server-secret-0123456789';
      const init = {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', authorization, ...headers },
      };
      return (await app.fetch(new Request('https://webhook.example.net/authenticate', init))).json();
    };
    return { ask, log, deployment };
  }

  test('attack: instrumentation of fetch exports the URL to STS, which is a token; it is suppressed', async () => {
    const { ask, deployment } = await traced();
    expect(await ask()).toMatchObject({ status: { authenticated: true } });
    expect(deployment.sts.calls).toHaveLength(1);
    expect(found().map(({ name }) => name)).toEqual(['callerid.review']);
    // and would be there otherwise
    trace.getTracer('undici').startSpan('GET').end();
    expect(found().map(({ name }) => name)).toContain('GET');
  });

  test('is a child of the request’s own trace', async () => {
    const { ask } = await traced();
    await ask({ traceparent: `00-${traceId}-${spanId}-01` });
    const { parentSpanContext, spanContext } = named('callerid.review');
    expect([spanContext.call(named('callerid.review')).traceId, parentSpanContext?.spanId]).toEqual([
      traceId,
      spanId,
    ]);
  });

  test('of whoever traces the server rather', async () => {
    const { ask } = await traced();
    await trace.getTracer('http').startActiveSpan('POST', async (server) => {
      await ask({ traceparent: `00-${traceId}-${spanId}-01` });
      server.end();
    });
    expect(named('callerid.review').parentSpanContext?.spanId).toBe(named('POST').spanContext().spanId);
  });

  test.each(['x', `00-${traceId}-${spanId}-01\u00e9`, '0'.repeat(5000)])(
    'attack: a traceparent that is none changes nothing',
    async (traceparent) => {
      const { ask } = await traced();
      expect(await ask({ traceparent })).toMatchObject({ status: { authenticated: true } });
      expect(named('callerid.review').parentSpanContext).toBeUndefined();
    },
  );
});

test('attack: a header that the propagator cannot read changes no answer', async () => {
  propagation.disable();
  propagation.setGlobalPropagator({
    ...propagator,
    extract: (_, carrier, getter) => JSON.parse(String(getter.get(carrier, 'x'))),
  });
  const app = createTraces().around!({ fetch: () => new Response('ok') });
  const answer = await app.fetch(new Request('https://webhook.example.net/healthz', { headers: { x: '{' } }));
  expect(answer.status).toBe(200);
  propagation.disable();
  propagation.setGlobalPropagator(propagator);
});

test('spans that wait are handed on before the process ends', async () => {
  const exported = new InMemorySpanExporter();
  const waiting = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exported)] });
  trace.disable();
  trace.setGlobalTracerProvider(waiting);
  const traces = createTraces();
  traces.record({
    event: 'review',
    time: '2026-11-24T12:00:00.000Z',
    decisionId: 'd',
    verdict: 'foreign',
    durationMs: 1,
  });
  expect(exported.getFinishedSpans()).toHaveLength(0);
  await traces.end!();
  expect(exported.getFinishedSpans()).toHaveLength(1);
  trace.disable();
  trace.setGlobalTracerProvider(provider);
});

test('every sink at once makes a span for each record', async () => {
  const observed = new EverySink();
  const deployment = await Deployment.start({ observed });
  await deployment.ask('a.b.c');
  expect(observed.spans.getFinishedSpans().map(({ name }) => name)).toEqual(['callerid.review']);
});
