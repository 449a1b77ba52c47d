/**
 * A function beside its yardstick.
 *
 * @module
 */

import { slicesOf } from '../batches.ts';
import type { Extent, Figure } from '../figure.ts';
import { inTurns, type Measure, median, ratioFigure } from '../rounds.ts';

/** Makes the measure of slices of so many milliseconds. */
export type Timing = (ms: number) => Measure;

/** Time ÷ that of the yardstick, both of them in nanoseconds per operation. @param note goes into the names of the parts */
export async function beside(
  id: string,
  ours: Timing,
  yardstick: Timing,
  extent: Extent,
  note = '',
): Promise<Figure> {
  const { rounds, ms } = slicesOf(extent);
  const times = await inTurns({ ours: ours(ms), yardstick: yardstick(ms) }, rounds);
  const parts = {
    [`callerid ns${note}`]: median(times.ours),
    [`yardstick ns${note}`]: median(times.yardstick),
  };
  return ratioFigure(id, times.ours, times.yardstick, parts);
}
