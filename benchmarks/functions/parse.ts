/**
 * Parsing and validating a token.
 *
 * @module
 */
import { createEndpointResolver } from '../../src/sts/endpoints.ts';
import { parseToken } from '../../src/token/parse.ts';
import { inTurn, nsOf } from '../batches.ts';
import type { Extent, Figure } from '../figure.ts';
import { beside } from './beside.ts';
import { now, tokenSamples } from './samples.ts';

/** Of tokens with a session token and without, the worse. The yardstick is given the URL, and decodes no base64. */
export async function parseFigure(extent: Extent): Promise<Figure> {
  const rules = { endpoints: createEndpointResolver(), now };
  const figures: Figure[] = [];
  for (const kind of ['session', 'long-term'] as const) {
    const samples = await tokenSamples(kind);
    const ours = (turn: number) => {
      const parsed = parseToken(inTurn(samples, turn).token, rules);
      if (!parsed.ok) throw new Error(parsed.code);
      return parsed;
    };
    const yardstick = (turn: number) => [...new URL(inTurn(samples, turn).url).searchParams];
    const figure = beside(
      'parse',
      (ms) => nsOf(ours, ms),
      (ms) => nsOf(yardstick, ms),
      extent,
      `, ${kind}`,
    );
    figures.push(await figure);
  }
  const worse = figures.reduce((one, other) => (other.value > one.value ? other : one));
  return { ...worse, parts: Object.assign({}, ...figures.map(({ parts }) => parts)) };
}
