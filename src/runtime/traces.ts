/**
 * OpenTelemetry traces: a span for each record, made when it is over, with one for each stage that was waited for.
 *
 * While a request is answered nothing else makes spans: who traces `fetch` would export the URL to STS, which is a token.
 *
 * @module
 */
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  ProxyTracerProvider,
  propagation,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { App } from '../http/routes.ts';
import type { RequestRecord } from '../http/sink.ts';
import type { Waited } from '../review/waits.ts';
import type { Observer } from './app.ts';

/** By this name the SDK knows that nothing is to be traced (`suppressTracing` of `@opentelemetry/core`). */
const suppressed = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Of whom the span of a record is a child. */
const parentKey = createContextKey('callerid parent');

/** In the order in which they are waited for. */
const stages = [
  ['verifyMs', 'callerid.verify'],
  ['policyMs', 'callerid.policy'],
  ['ec2Ms', 'callerid.ec2'],
] as const satisfies readonly (readonly [keyof Waited, string])[];

/**
 * Makes traces.
 *
 * @param tracer by default that of whoever has registered a provider; without one there are no traces
 */
export function createTraces(tracer: Tracer = trace.getTracer('callerid')): Observer {
  return {
    record(record) {
      if (record.event === 'circuit') return; // nobody's request
      const active = context.active();
      traceRecord(tracer, record, (active.getValue(parentKey) as Context | undefined) ?? active);
    },
    around: traced,
    async end() {
      const provider = trace.getTracerProvider();
      const registered: Flushing =
        provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
      await registered.forceFlush?.();
    },
  };
}

/** What the providers of SDKs have besides. */
interface Flushing extends TracerProvider {
  forceFlush?(): Promise<void>;
}

function traced(app: App): App {
  return {
    fetch(request, ...rest) {
      const parent = parentOf(request);
      const inside = parent.setValue(parentKey, parent).setValue(suppressed, true);
      return context.with(inside, () => app.fetch(request, ...rest));
    },
  };
}

/** Whoever traces the server; else what the request says of its trace. */
function parentOf({ headers }: Request): Context {
  const active = context.active();
  if (trace.getSpan(active) !== undefined) return active;
  try {
    return propagation.extract(active, headers, {
      get: (from, name) => from.get(name) ?? undefined,
      keys: (from) => [...from.keys()],
    });
  } catch {
    return active; // a propagator that cannot read a stranger's header changes no answer
  }
}

function traceRecord(tracer: Tracer, record: RequestRecord, parent: Context): void {
  const startTime = Date.parse(record.time);
  const endTime = startTime + record.durationMs;
  const span = tracer.startSpan(
    `callerid.${record.event}`,
    { startTime, attributes: attributesOf(record) },
    parent,
  );
  if ('verdict' in record && (record.verdict === 'unavailable' || record.verdict === 'throttled')) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: record.code ?? record.verdict });
  }
  const waited: Waited = 'verdict' in record ? record : {};
  // One stage is waited for after the other, and between them nothing takes long.
  let end = endTime;
  for (const [field, name] of stages.toReversed()) {
    const ms = waited[field];
    if (ms === undefined) continue;
    const stage = tracer.startSpan(name, { startTime: end - ms }, trace.setSpan(parent, span));
    stage.end(end);
    end -= ms;
  }
  span.end(endTime);
}

/** Nothing that says who it was: the log has that, under the decision ID. */
function attributesOf(record: RequestRecord): Attributes {
  const { event, decisionId, cluster, code, policyVersion } = record;
  const common = {
    'callerid.decision_id': decisionId,
    'callerid.cluster': cluster,
    'callerid.code': code,
    'callerid.policy_version': policyVersion,
    'callerid.break_glass': 'breakGlass' in record ? record.breakGlass : undefined,
  };
  if (event === 'admin') {
    return { ...common, 'callerid.operation': record.operation, 'http.response.status_code': record.status };
  }
  const { verdict, cached, stsHost, stsRequestId } = record;
  return {
    ...common,
    'callerid.verdict': verdict,
    'callerid.cached': cached,
    'callerid.sts_host': stsHost,
    'callerid.sts_request_id': stsRequestId,
  };
}
