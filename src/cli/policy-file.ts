/**
 * Reading policies from files: callerid's own, and every other format that can be imported, in YAML or JSON.
 *
 * @module
 */
import { type Document, isCollection, parseAllDocuments, parseDocument, visit } from 'yaml';
import { PolicyError } from '../errors/classes.ts';
import { importDocuments } from '../mapping/formats/import.ts';
import type { Imported, ImportOptions } from '../mapping/formats/source.ts';
import { parsePolicy } from '../mapping/schema.ts';
import { CommandError, usageError } from './exit-codes.ts';
import { readInput } from './input.ts';
import { parseJson, splitJson } from './split-json.ts';

/** Of JSON; a policy of 200,000 rules takes about half of it. */
const maxFileBytes = 64 * 1024 * 1024;
/** Of YAML, whose reader takes two seconds for so much. */
const maxYamlLength = 1024 * 1024;
const maxDocuments = 10_000;

type Options = Omit<ImportOptions, 'parseYaml'>;

/**
 * Reads a policy file; `-` is standard input.
 *
 * @throws {PolicyError} with every issue found, each with the name of the file
 */
export async function readPolicyFile(path: string, options: Options = {}): Promise<Imported> {
  const text = await readInput(path, { what: 'the policy', maxBytes: maxFileBytes });
  return parsePolicyText(text, path === '-' ? 'standard input' : path, options);
}

/**
 * Reads the text of a policy.
 *
 * @param name what issues call the text
 * @throws {PolicyError} with every issue found
 */
export function parsePolicyText(text: string, name: string, options: Options = {}): Imported {
  try {
    const documents = parseFile(text).filter((document) => document !== null && document !== undefined);
    const [document] = documents;
    if (documents.length === 0) throw issue('is empty');
    if (documents.length === 1 && isPolicy(document)) return { policy: parsePolicy(document), notes: [] };
    if (documents.some(isPolicy)) throw issue('holds a policy (rules) beside other documents');
    return importDocuments(documents, { ...options, parseYaml });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new PolicyError(
      error.issues.map(({ path, message }) => ({ path: path ? `${name}: ${path}` : name, message })),
    );
  }
}

function isPolicy(document: unknown): boolean {
  return typeof document === 'object' && document !== null && Object.hasOwn(document, 'rules');
}

/** YAML documents, or JSON documents one after the other, as a loop over a command prints them. */
function parseFile(text: string): readonly unknown[] {
  try {
    return parseJsonDocuments(text) ?? parseStream(text);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw issue(`is not YAML: ${(error as Error).message}`);
  }
}

function parseJsonDocuments(text: string): unknown[] | undefined {
  const parts = splitJson(text);
  if (parts !== undefined) return parts.map((part) => parseJson(part) ?? parseYaml(part));
  const value = parseJson(text);
  return value === undefined ? undefined : [value];
}

/** As `parseYaml` reads it, of any number of documents. */
function parseStream(text: string): unknown[] {
  if (text.length > maxYamlLength) {
    throw usageError(
      `the policy is longer than ${maxYamlLength / 1024} KiB`,
      'is it the right file? A larger one has to be JSON, without a key twice',
    );
  }
  const documents = parseAllDocuments(text, readerOptions);
  const list = Array.isArray(documents) ? documents : [];
  if (list.length > maxDocuments) throw issue(`has more than ${maxDocuments} documents`);
  return list.map((document) => toValue(document, text));
}

const readerOptions = { version: '1.2', schema: 'core', uniqueKeys: true } as const;

/**
 * Reads YAML 1.2 strictly: one document, no key twice, no unknown tag, few aliases. Plain numbers come out as numbers,
 * so that an account number without quotes, which has lost its zeros, is seen to be none.
 *
 * @throws {PolicyError} that says what is wrong with it
 */
export function parseYaml(text: string): unknown {
  return toValue(parseDocument(text, readerOptions), text);
}

function toValue(document: Document.Parsed, text: string): unknown {
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    // `username: {{SessionName}}:x` is a map with something behind it
    const hint = /[:-][ \t]+\{\{/.test(text) ? `; ${quoteHint}` : '';
    throw issue(`${firstLine(problem.message)}${hint}`);
  }
  visit(document, {
    Pair(_, { key }) {
      if (isCollection(key)) throw issue(`a key is a map or a list; ${quoteHint}`);
    },
  });
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    throw issue(firstLine((error as Error).message));
  }
}

const quoteHint = 'a text that begins with {{ needs quotes: "{{SessionName}}"';

/** The other lines show the place. */
function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/:$/, '') ?? '';
}

function issue(message: string): PolicyError {
  return new PolicyError([{ path: '', message }]);
}
