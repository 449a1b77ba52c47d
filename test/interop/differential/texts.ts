/**
 * Mutations of the bytes of a URL, and of the token around it.
 *
 * @module
 */
import type { Random } from '../../support/random.ts';
import { anyPlace, placeOf } from './draft.ts';
import type { Mutation } from './mutation.ts';

/** Puts something in the place of so many characters. */
const bytes = (
  kind: string,
  cut: number,
  of: (chance: Random, taken: string) => string,
  tell: (text: string, at: number) => string,
): Mutation => ({
  kind,
  change(text, chance) {
    const at = anyPlace(text, chance);
    const put = of(chance, text.slice(at, at + cut));
    return { text: text.slice(0, at) + put + text.slice(at + cut), place: tell(text, at) };
  },
});

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index)).join('');
const controls = ['\x01', '\t', '\n', '\r', '\r\nx-evil: 1', '\x1f', '\x7f'];
const utf8 = ['\xc3\xa9', '\xe2\x80\xae', '\xef\xbb\xbf', '\xf0\x9f\x94\x91'];
const notUtf8 = ['\xff', '\x80', '\xc3', '\xc0\xaf', '\xed\xa0\x80', '\xf8\x88\x80\x80\x80'];

/** Of the URL, one byte a character. */
export const byteMutations: readonly Mutation[] = [
  bytes('bit flipped', 1, flipped, placeOf),
  bytes('byte replaced', 1, (chance) => chance.text(1, printable), placeOf),
  bytes('byte inserted', 0, (chance) => chance.text(1, printable), placeOf),
  bytes('byte removed', 1, () => '', placeOf),
  bytes('NUL', 0, () => '\0', placeOf),
  bytes('control character', 0, (chance) => chance.pick(controls), placeOf),
  bytes('not ASCII', 0, (chance) => chance.pick(utf8), placeOf),
  bytes('not UTF-8', 0, (chance) => chance.pick(notUtf8), placeOf),
  {
    kind: 'passage spoilt',
    change: (text, chance) => ({ text: chance.spoil(text, '%&=?#/:;@+.\\AZ09az '), place: 'anywhere' }),
  },
  {
    kind: 'around the URL',
    change(text, chance) {
      const around = chance.pick([' ', '\n', '\t', '\0', '"', '<']);
      return chance.below(2) === 0
        ? { text: around + text, place: 'the beginning' }
        : { text: text + around, place: 'the end' };
    },
  },
];

function flipped(chance: Random, taken: string): string {
  return taken === '' ? '' : String.fromCharCode(taken.charCodeAt(0) ^ (1 << chance.below(8)));
}

const prefix = 'k8s-aws-v1.';
const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Changes what stands behind the prefix. */
const encoded = (kind: string, of: (text: string, chance: Random) => string): Mutation => ({
  kind,
  change: (token, chance) => ({ text: prefix + of(token.slice(prefix.length), chance), place: 'the base64' }),
});

const insertedIn = (text: string, put: string, chance: Random): string => {
  const at = anyPlace(text, chance);
  return text.slice(0, at) + put + text.slice(at);
};

/** Of the token. */
export const tokenMutations: readonly Mutation[] = [
  encoded('padding', (text, chance) => text + chance.pick(['=', '==', '====', '%3D'])),
  encoded('the standard alphabet', (text) => text.replaceAll('-', '+').replaceAll('_', '/')),
  encoded('the standard alphabet, one character', (text, chance) =>
    insertedIn(text, chance.pick(['+', '/']), chance),
  ),
  encoded('stray bits', (text, chance) => {
    const last = base64url.indexOf(text.slice(-1));
    return last < 0 ? text : text.slice(0, -1) + base64url[last ^ (1 + chance.below(3))];
  }),
  encoded('space in the base64', (text, chance) =>
    insertedIn(text, chance.pick([' ', '\t', '\v', '\u00a0']), chance),
  ),
  encoded('line break in the base64', (text, chance) =>
    insertedIn(text, chance.pick(['\n', '\r\n', '\r']), chance),
  ),
  encoded('line break behind the token', (text) => `${text}\n`),
  encoded('character of the base64', (text, chance) => {
    const at = anyPlace(text, chance);
    return text.slice(0, at) + chance.text(1, base64url) + text.slice(at + 1);
  }),
  encoded('character that is none of base64', (text, chance) =>
    insertedIn(text, chance.pick(['\0', '.', ',', '%41', '\u0410', '\uff21', '\ud800', '\u2028']), chance),
  ),
  encoded('cut short', (text, chance) => text.slice(0, anyPlace(text, chance))),
  encoded('two tokens', (text, chance) => `${text}${chance.pick(['', '.', prefix])}${text}`),
  {
    kind: 'prefix',
    change(token, chance) {
      const text = token.slice(prefix.length);
      const other = [
        '',
        'K8S-AWS-V1.',
        'k8s-aws-v2.',
        'k8s-aws-v1',
        ' k8s-aws-v1.',
        'Bearer k8s-aws-v1.',
        `${prefix}${prefix}`,
      ];
      return { text: chance.pick(other) + text, place: 'the prefix' };
    },
  },
];
