/**
 * `aws-iam-authenticator server` and callerid on Node under the same load over TLS.
 *
 * The load and the stub of STS share one core, the servers the other, and only one server has load at a time. What is measured is
 * that server where its `cores` are near 1. They are not for callerid with repeated tokens, as the load pays as much for TLS as
 * it does, nor for the reference where it opens connections, as the stub pays for these too. So each figure of requests has one
 * of CPU time beside it, which is of the server alone.
 *
 * @module
 */
import type { Figure, Suite } from '../figure.ts';
import { inTurns, median, ratioFigure } from '../rounds.ts';
import { distinctTokens, freshToken, reviewOf } from '../scene.ts';
import type { Borne } from './served.ts';
import { type Setting, type Side, Stage } from './stage.ts';

const kinds = ['uncached', 'repeated'] as const;
type Kind = (typeof kinds)[number];

/**
 * By what they add to the names of figures. In HTTP/1.1 the reference keeps two idle connections to STS, which nothing changes, and
 * opens another for most of the reviews beyond two at a time. In HTTP/2 it needs one, so that is the least that it can cost. AWS does
 * not say which of them STS speaks.
 */
const settings: Readonly<Record<string, Setting>> = {
  '': { mappings: 10, protocols: ['http/1.1'] },
  '-10000': { mappings: 10_000, protocols: ['http/1.1'] },
  '-h2': { mappings: 10, protocols: ['h2', 'http/1.1'] },
};

/** Reviews of distinct tokens for a second of load. */
const distinctPerSecond = 1000;
/**
 * Reviews before measuring. V8 goes on compiling for that long: a review of a distinct token takes half of the time after
 * 20,000 that it takes after 3,000. Go has compiled before.
 */
const warmUp: Readonly<Record<Side, number>> = { reference: 1000, callerid: 20_000 };

export const referenceSuite: Suite = {
  name: 'reference',
  async measure({ rounds, seconds }) {
    const figures: Figure[] = [];
    for (const [suffix, setting] of Object.entries(settings)) {
      const stage = await Stage.start(setting);
      try {
        for (const kind of kinds) {
          const measured = await sideBySide(stage, kind, rounds, seconds);
          figures.push(...figuresOf(kind + suffix, measured));
        }
        await stage.prove();
      } finally {
        await stage.end();
      }
    }
    return figures;
  },
};

/** A load, how the server bore it, and what STS saw of it. */
interface Round extends Borne {
  /** TLS handshakes of the server with STS, for 1,000 answers. */
  readonly handshakesPer1000: number;
}

type Measured = Readonly<Record<Side, readonly Round[]>>;

async function sideBySide(stage: Stage, kind: Kind, rounds: number, seconds: number): Promise<Measured> {
  const measured: Record<Side, Round[]> = { reference: [], callerid: [] };
  const known = reviewOf(await freshToken());
  const distinct = async (count: number) => (await distinctTokens(count)).map(reviewOf);
  const run = (side: Side) => {
    const isHeld = side === 'callerid' && kind === 'repeated';
    return async (): Promise<number> => {
      const bodies = kind === 'repeated' ? [known] : await distinct(distinctPerSecond * seconds);
      const before = await stage.counts();
      const borne = await stage.of(side).load(bodies, seconds);
      const { calls, handshakes } = await stage.counts();
      assertAsked(`${side}, ${kind}`, calls - before.calls, isHeld ? 0 : borne.answers);
      const handshakesPer1000 = ((handshakes - before.handshakes) / borne.answers) * 1000;
      measured[side].push({ ...borne, handshakesPer1000 });
      return borne.perSecond;
    };
  };
  for (const side of ['reference', 'callerid'] as const) {
    const count = warmUp[side];
    const bodies = kind === 'repeated' ? Array<string>(count).fill(known) : await distinct(count);
    await stage.of(side).load(bodies, seconds);
  }
  await inTurns({ reference: run('reference'), callerid: run('callerid') }, rounds);
  return measured;
}

/**
 * Each review asks STS once, or is of a token that is held, so that no answer is a quick refusal. A few more than answers are
 * those in flight at the end, and tries after a lost connection; one of a held token is asked for when it has been held for long.
 */
function assertAsked(what: string, calls: number, expected: number): void {
  if (calls >= expected && calls <= expected * 1.01 + 20) return;
  throw new Error(`${what}: STS was asked ${calls} times, in place of ${expected}`);
}

function figuresOf(name: string, { callerid, reference }: Measured): readonly Figure[] {
  const pick = (rounds: readonly Round[], key: keyof Round) => rounds.map((round) => round[key]);
  const compare = (id: string, key: keyof Round, parts: Figure['parts']) =>
    ratioFigure(id, pick(callerid, key), pick(reference, key), parts);
  const parts = (key: keyof Round, unit: string) => ({
    [`callerid ${unit}`]: median(pick(callerid, key)),
    [`reference ${unit}`]: median(pick(reference, key)),
  });
  return [
    compare(`reference-${name}`, 'perSecond', {
      ...parts('perSecond', 'req/s'),
      ...parts('p50', 'p50 ms'),
      ...parts('p99', 'p99 ms'),
      ...parts('cores', 'cores'),
      ...parts('handshakesPer1000', 'TLS handshakes with STS per 1,000'),
    }),
    compare(`reference-cpu-${name}`, 'cpuPer1000', parts('cpuPer1000', 'CPU s per 1,000')),
  ];
}
