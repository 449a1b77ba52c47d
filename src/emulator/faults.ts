/**
 * What can go wrong between a client and STS, on demand.
 *
 * Faults that send a body send the true answer inside it wherever they can. So a client that reads without a
 * limit, or trusts the half of a body, does not fail by luck: it takes the answer, and its test sees that.
 *
 * @module
 */
import { type AnswerFormat, errorAnswer } from './answers.ts';

/** STS throttles: by default HTTP 400 with the code `Throttling`. */
export interface ThrottleFault {
  readonly type: 'throttle';
  /** Default 400; 429 is seen as well. */
  readonly status?: number | undefined;
  /** Default `Throttling`; others are `ThrottlingException`, `RequestLimitExceeded`… */
  readonly code?: string | undefined;
}

/** No answer until the request's signal aborts; without a signal, never. */
export interface StallFault {
  readonly type: 'stall';
}

/** Status, headers and half the body, then silence until the request's signal aborts. */
export interface StallBodyFault {
  readonly type: 'stall-body';
}

/** The true answer, late. */
export interface DelayFault {
  readonly type: 'delay';
  /** Milliseconds */
  readonly ms: number;
}

/**
 * A failure. 500 has the code `InternalFailure` and 503 `ServiceUnavailable`; any other status without a code
 * is answered in plain text, as an intermediary does (530 for a host that does not resolve, on Workers).
 */
export interface FailFault {
  readonly type: 'fail';
  /** 200…599 */
  readonly status: number;
  /** The error code of STS. */
  readonly code?: string | undefined;
  /** Its text, for people. */
  readonly message?: string | undefined;
}

/** A redirect. The in-process `fetch` returns it and does not follow, as with `redirect: 'manual'`. */
export interface RedirectFault {
  readonly type: 'redirect';
  /** Where it leads. */
  readonly location: string;
  /** Default 302 */
  readonly status?: number | undefined;
}

/** The connection breaks before an answer: `fetch` rejects with a TypeError, the server resets the socket. */
export interface ResetFault {
  readonly type: 'reset';
}

/** Status, headers and half the body, then the connection breaks. */
export interface CutFault {
  readonly type: 'cut';
}

/** The true answer behind so much white space, streamed. JSON parsers skip it. */
export interface OversizeFault {
  readonly type: 'oversize';
  /** MiB of white space */
  readonly mib: number;
}

/**
 * As `oversize`, compressed about a thousandfold with `content-encoding: gzip`. Only a client of the TLS server
 * decodes it: the in-process `fetch` hands out the compressed bytes.
 */
export interface GzipBombFault {
  readonly type: 'gzip-bomb';
  /** MiB of white space once decoded */
  readonly mib: number;
}

/**
 * A 200 that is no answer of STS's: a captive portal's `html`; `other-json`, an object of another shape;
 * `mistyped`, the right shape with numbers for strings; `broken-json`; `empty`; and `wrong-content-type`, the
 * true answer called `text/plain`.
 */
export interface NonsenseFault {
  readonly type: 'nonsense';
  /** Which of them. */
  readonly shape: 'html' | 'other-json' | 'mistyped' | 'broken-json' | 'empty' | 'wrong-content-type';
}

/** One way to go wrong; for the next `times` requests only (default: until it is cleared). */
export type Fault = (
  | ThrottleFault
  | StallFault
  | StallBodyFault
  | DelayFault
  | FailFault
  | RedirectFault
  | ResetFault
  | CutFault
  | OversizeFault
  | GzipBombFault
  | NonsenseFault
) & { readonly times?: number | undefined };

/** The exchange that a fault spoils. */
export interface Exchange {
  readonly format: AnswerFormat;
  readonly signal: AbortSignal | undefined;
  /** Makes the true answer. */
  readonly answer: () => Promise<Response>;
}

const bytesPerMib = 1024 * 1024;
const chunkBytes = 64 * 1024;

const failures: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  500: {
    code: 'InternalFailure',
    message: 'The request processing has failed because of an unknown error, exception or failure.',
  },
  503: { code: 'ServiceUnavailable', message: 'Service is unavailable' },
};

const nonsenseAnswers: Readonly<
  Record<Exclude<NonsenseFault['shape'], 'wrong-content-type'>, readonly [string, string]>
> = {
  html: ['text/html', '<!doctype html><title>Welcome</title><p>Please sign in to use this network.'],
  'other-json': ['application/json', '{"GetCallerIdentityResponse":{"Result":{}}}'],
  mistyped: [
    'application/json',
    '{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":111122223333,"Arn":1,"UserId":null}}}',
  ],
  'broken-json': [
    'application/json',
    '{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"1111',
  ],
  empty: ['application/json', ''],
};

/** Answers an exchange in the manner of a fault. */
export async function applyFault(fault: Fault, exchange: Exchange): Promise<Response> {
  switch (fault.type) {
    case 'throttle': {
      const { status = 400, code = 'Throttling' } = fault;
      return errorAnswer({ status, code, message: 'Rate exceeded' }, exchange.format);
    }
    case 'stall':
      return aborted(exchange.signal);
    case 'delay':
      await sleep(fault.ms, exchange.signal);
      return exchange.answer();
    case 'fail':
      return failure(fault, exchange.format);
    case 'redirect':
      return new Response(null, { status: fault.status ?? 302, headers: { location: fault.location } });
    case 'reset':
      throw new TypeError('fetch failed');
    case 'stall-body':
      return halved(await exchange.answer(), () => aborted(exchange.signal));
    case 'cut':
      return halved(await exchange.answer(), () => Promise.reject(new TypeError('terminated')));
    case 'oversize':
      return padded(await exchange.answer(), fault.mib);
    case 'gzip-bomb':
      return gzipped(padded(await exchange.answer(), fault.mib));
    case 'nonsense':
      return nonsense(fault.shape, exchange);
  }
}

function failure({ status, code, message }: FailFault, format: AnswerFormat): Response {
  const usual = failures[status];
  const name = code ?? usual?.code;
  if (name === undefined) return new Response(message ?? `error code: ${status}`, { status });
  return errorAnswer({ status, code: name, message: message ?? usual?.message ?? name }, format);
}

async function nonsense(shape: NonsenseFault['shape'], exchange: Exchange): Promise<Response> {
  if (shape === 'wrong-content-type') {
    const answer = await exchange.answer();
    return rebuilt(answer, await answer.text(), { 'content-type': 'text/plain' });
  }
  const [contentType, body] = nonsenseAnswers[shape];
  return new Response(body, { status: 200, headers: { 'content-type': contentType } });
}

async function halved(answer: Response, ending: () => Promise<never>): Promise<Response> {
  const body = new Uint8Array(await answer.arrayBuffer());
  return rebuilt(answer, streamOf([body.subarray(0, body.length >> 1)].values(), ending));
}

function padded(answer: Response, mib: number): Response {
  const text = answer.text();
  async function* chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const blank = new Uint8Array(chunkBytes).fill(0x20);
    for (let left = Math.round((mib * bytesPerMib) / chunkBytes); left > 0; left--) yield blank.slice();
    yield new TextEncoder().encode(await text);
  }
  return rebuilt(answer, streamOf(chunks()));
}

function gzipped(answer: Response): Response {
  const body = answer.body?.pipeThrough(new CompressionStream('gzip')) ?? null;
  return rebuilt(answer, body, { 'content-encoding': 'gzip' });
}

function rebuilt(
  answer: Response,
  body: ReadableStream<Uint8Array<ArrayBuffer>> | string | null,
  changed: Readonly<Record<string, string>> = {},
): Response {
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(changed)) headers.set(name, value);
  return new Response(body, { status: answer.status, headers });
}

type Chunk = Uint8Array<ArrayBuffer>;

/** Streams chunks one by one as they are asked for; then ends, or comes to the ending given. */
function streamOf(
  chunks: Iterator<Chunk, void> | AsyncIterator<Chunk, void>,
  ending?: () => Promise<never>,
): ReadableStream<Chunk> {
  return new ReadableStream<Chunk>({
    async pull(controller) {
      const next = await chunks.next();
      if (!next.done) controller.enqueue(next.value);
      else if (ending === undefined) controller.close();
      else await ending();
    },
  });
}

/** Rejects with the signal's reason once it aborts. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    else signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([elapsed, aborted(signal)]);
  } finally {
    clearTimeout(timer);
  }
}
