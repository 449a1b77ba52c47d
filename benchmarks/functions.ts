/**
 * Nanoseconds per operation of the pure functions, each beside the least that would do something of the kind.
 *
 * @module
 */
import type { Suite } from './figure.ts';
import { jsonFigure } from './functions/json.ts';
import { explainFigure, mapFigure } from './functions/map.ts';
import { parseFigure } from './functions/parse.ts';
import { signFigure } from './functions/sign.ts';

export const suite: Suite = {
  name: 'functions',
  measure: async (extent) => [
    await parseFigure(extent),
    await signFigure(extent),
    await mapFigure(extent),
    await explainFigure(extent),
    await jsonFigure(extent),
  ],
};
