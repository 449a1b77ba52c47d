/**
 * Pages of the API reference, from what `deno doc --json` says of a module. Signatures are taken from the source, where
 * they are written as people read them.
 *
 * @module
 */
import type { Links } from './api-links.ts';
import type { Entry } from './entries.ts';
import { type Location, memberAt, signatureAt, withoutComments } from './signature.ts';

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

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** A module, as `deno doc --json` writes it. */
export interface DocModule {
  readonly module_doc?: JsDoc;
  readonly symbols: readonly DocSymbol[];
}

/** What a page shows first: what can be called, then what types there are. */
const groups: readonly (readonly [heading: string, ...kinds: string[]])[] = [
  ['Functions', 'function'],
  ['Classes', 'class'],
  ['Constants', 'variable'],
  ['Types', 'interface', 'typeAlias'],
];

const note = '<!-- Written by `npm run api` from the doc comments in `src/`. Do not edit. -->';

/** The page of one sub-path. */
export function page({ specifier }: Entry, { module_doc, symbols }: DocModule, links: Links): string {
  const present = grouped(symbols);
  const contents = present.map(
    ({ heading, members }) => `- ${heading}: ${members.map(({ name }) => links.to(name)).join(', ')}`,
  );
  const sections = present.flatMap(({ heading, members }) => [
    `## ${heading}`,
    ...members.flatMap((one) => symbolLines(one, links)),
  ]);
  const lines = [
    `# ${specifier}`,
    note,
    prose(module_doc, links),
    ...tagLines(module_doc, links),
    contents.join('\n'),
    ...sections,
  ];
  return `${lines.filter((text) => text !== '').join('\n\n')}\n`;
}

/** The symbols of a module by what they are, in the order of a page. */
function grouped(symbols: readonly DocSymbol[]): { heading: string; members: readonly DocSymbol[] }[] {
  return groups
    .map(([heading, ...kinds]) => {
      const members = symbols.filter(({ declarations }) => kinds.includes(declarations[0]?.kind ?? ''));
      return { heading, members: members.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
    })
    .filter(({ members }) => members.length > 0);
}

/** The names of the symbols that a page shows, in its order. */
export function namesIn({ symbols }: DocModule): string[] {
  return grouped(symbols).flatMap(({ members }) => members.map(({ name }) => name));
}

/** The list of all pages, each with the first paragraph of its module. */
export function indexPage(modules: readonly (readonly [Entry, DocModule])[]): string {
  const rows = modules.map(([{ specifier, name }, { module_doc }]) => {
    const [first = ''] = (module_doc?.doc ?? '').split('\n\n');
    return `| [\`${specifier}\`](${name}.md) | ${first.trim().replace(/\s+/g, ' ')} |`;
  });
  return `${['# API reference', note, ['| import | what it is |', '|---|---|', ...rows].join('\n')].join('\n\n')}\n`;
}

function symbolLines({ name, declarations }: DocSymbol, links: Links): string[] {
  return [`### ${name}`, ...declarations.flatMap((one) => declarationLines(one, name, links))];
}

function declarationLines(
  { kind, jsDoc, location, def = {} }: Declaration,
  name: string,
  links: Links,
): string[] {
  const { constructors = [], properties = [], methods = [] } = def;
  const members = [...constructors, ...properties, ...methods]
    .filter((one) => one.accessibility !== 'private' && !tagsOf(one.jsDoc, 'internal').length)
    .map((one) => ({ signature: memberAt(one.location, kind), jsDoc: one.jsDoc }));
  const signature = signatureAt(location, kind);
  const named = [signature, ...members.map((one) => one.signature)].map(withoutComments).join('\n');
  const types = links.ofCode(named.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), ''));
  return [
    `\`\`\`ts\n${signature}\n\`\`\``,
    prose(jsDoc, links),
    ...tagLines(jsDoc, links),
    members.map((one) => memberLine(one, links)).join('\n'),
    types.length === 0 ? '' : `See ${types.join(', ')}.`,
  ].filter((text) => text !== '');
}

function memberLine(
  { signature, jsDoc }: { readonly signature: string; readonly jsDoc: JsDoc | undefined },
  links: Links,
): string {
  const text = [
    prose(jsDoc, links),
    ...tagsOf(jsDoc, 'param').map(({ name, doc = '' }) => `\`${name}\`: ${sentence(doc, links)}`),
    ...tagsOf(jsDoc, 'throws').map((tag) => throwsText(tag, links)),
  ]
    .filter((part) => part !== '')
    .map((part) => sentence(part, links))
    .join(' ')
    .replace(/\s+/g, ' ');
  return `- \`${signature}\`${text === '' ? '' : `: ${text}`}`;
}

function tagLines(jsDoc: JsDoc | undefined, links: Links): string[] {
  const parameters = tagsOf(jsDoc, 'param').filter(({ doc }) => doc !== undefined);
  return [
    parameters.map(({ name, doc = '' }) => `- \`${name}\`: ${sentence(doc, links)}`).join('\n'),
    ...tagsOf(jsDoc, 'return').map(({ doc = '' }) => `Returns ${sentence(doc, links)}`),
    ...tagsOf(jsDoc, 'throws').map((tag) => throwsText(tag, links)),
    ...tagsOf(jsDoc, 'example').map(({ doc = '' }) => doc.trim()),
  ];
}

function tagsOf(jsDoc: JsDoc | undefined, kind: string): readonly JsDocTag[] {
  return (jsDoc?.tags ?? []).filter((tag) => tag.kind === kind);
}

function throwsText({ tsType, doc = '' }: JsDocTag, links: Links): string {
  return `Throws ${tsType === undefined ? '' : `${links.to(tsType.repr)} `}${sentence(doc, links)}`;
}

function prose(jsDoc: JsDoc | undefined, links: Links): string {
  return links.text(jsDoc?.doc ?? '');
}

/** Tags are written without a stop or with one. */
function sentence(text: string, links: Links): string {
  return links.text(text).replace(/(?<![.!?…:])$/, '.');
}
