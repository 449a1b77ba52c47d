/**
 * Pages of the API reference, from what `deno doc --json` says of a module. Signatures are taken from the source, where
 * they are written as people read them.
 *
 * @module
 */
import type { Entry } from './entries.ts';
import { keysOfTable, signatureAt } from './signature.ts';

interface JsDoc {
  readonly doc?: string;
  readonly tags?: readonly JsDocTag[];
}

interface JsDocTag {
  readonly kind: string;
  readonly name?: string;
  readonly doc?: string;
  readonly tsType?: { readonly repr: string };
}

interface Location {
  readonly filename: string;
  readonly byteIndex: number;
}

interface Member {
  readonly name: string;
  readonly jsDoc?: JsDoc;
  readonly location: Location;
  readonly accessibility?: string;
}

interface Declaration {
  readonly kind: string;
  readonly declarationKind: string;
  readonly jsDoc?: JsDoc;
  readonly location: Location;
  readonly def?: {
    readonly constructors?: readonly Member[];
    readonly properties?: readonly Member[];
    readonly methods?: readonly Member[];
  };
}

/** A module, as `deno doc --json` writes it. */
export interface DocModule {
  readonly module_doc?: JsDoc;
  readonly symbols: readonly { readonly name: string; readonly declarations: readonly Declaration[] }[];
}

/** What a page shows first: what can be called, then what types there are. */
const ranks = ['function', 'class', 'variable', 'interface', 'typeAlias'];

const note = '<!-- Written by `npm run api` from the doc comments in `src/`. Do not edit. -->';

/** The page of one sub-path. */
export function page({ specifier }: Entry, { module_doc, symbols }: DocModule): string {
  const sorted = [...symbols].sort(
    (a, b) => rankOf(a.declarations) - rankOf(b.declarations) || (a.name < b.name ? -1 : 1),
  );
  const sections = sorted.map(({ name, declarations }) =>
    [`## ${name}`, ...declarations.flatMap(declarationLines)].join('\n\n'),
  );
  return `${[`# ${specifier}`, note, prose(module_doc), ...sections].filter((text) => text !== '').join('\n\n')}\n`;
}

/** The list of all pages. */
export function indexPage(entries: readonly Entry[]): string {
  const rows = entries.map(({ specifier, name }) => `- [\`${specifier}\`](${name}.md)`);
  return ['# API reference', note, rows.join('\n')].join('\n\n').concat('\n');
}

function rankOf(declarations: readonly Declaration[]): number {
  return ranks.indexOf(declarations[0]?.kind ?? '');
}

function declarationLines({ kind, jsDoc, location, def = {} }: Declaration): string[] {
  const { constructors = [], properties = [], methods = [] } = def;
  const members = [...constructors, ...properties, ...methods].filter(
    (one) => one.accessibility !== 'private',
  );
  return [
    code(signatureAt(location, kind)),
    prose(jsDoc),
    kind === 'typeAlias' ? keysLine(location) : '',
    ...tagLines(jsDoc),
    members.map((member) => memberLine(member, kind)).join('\n'),
  ].filter((text) => text !== '');
}

function memberLine({ jsDoc, location }: Member, kind: string): string {
  const text = [prose(jsDoc), ...(jsDoc?.tags ?? []).filter(({ kind }) => kind === 'throws').map(throwsText)]
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
  return `- \`${signatureAt(location, `${kind} member`).replace(/\s+/g, ' ')}\`${text === '' ? '' : `: ${text}`}`;
}

/** What a type of codes may be: the keys of its table. */
function keysLine(location: Location): string {
  const keys = keysOfTable(location);
  return keys.length === 0 ? '' : `One of ${keys.map((key) => `\`${key}\``).join(', ')}.`;
}

function tagLines(jsDoc: JsDoc | undefined): string[] {
  const tags = jsDoc?.tags ?? [];
  const parameters = tags.filter(({ kind }) => kind === 'param');
  return [
    parameters.map(({ name, doc }) => `- \`${name}\`: ${links(doc ?? '')}`).join('\n'),
    ...tags.filter(({ kind }) => kind === 'return').map(({ doc }) => `Returns ${links(doc ?? '')}`),
    ...tags.filter(({ kind }) => kind === 'throws').map(throwsText),
    ...tags.filter(({ kind }) => kind === 'example').map(({ doc }) => `Example:\n\n${doc?.trim()}`),
  ];
}

function throwsText({ tsType, doc = '' }: JsDocTag): string {
  return `Throws ${tsType === undefined ? '' : `\`${tsType.repr}\` `}${links(doc)}`.trim();
}

function prose(jsDoc: JsDoc | undefined): string {
  return links(jsDoc?.doc?.trim() ?? '');
}

function links(text: string): string {
  return text
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/`?docs\/([\w-]+\.md)`?/g, '[$1](../$1)')
    .trim();
}

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}
