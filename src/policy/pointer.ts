/**
 * The pointer: the one value of a cluster that changes. It says which version is current and what was before.
 *
 * @module
 */
import { PolicyError } from '../errors/classes.ts';
import { member } from '../lib/json.ts';
import type { Policy } from '../mapping/rule.ts';
import { parsePolicy } from '../mapping/schema.ts';
import { isHash, readEntries, sizeOf } from './part.ts';
import { PrefixTable, type Space } from './placement.ts';
import { decodeStored, isVersion } from './record.ts';
import { type PolicySignature, readSignature } from './signature.ts';

/** What a version holds, by the hashes of its parts. */
export type Content =
  | { readonly kind: 'document'; readonly hash: string }
  | (PolicySettings & {
      readonly kind: 'manifest';
      readonly pages: Readonly<Record<Space, PrefixTable<string>>>;
    });

/** What a policy sets beside its rules. */
export type PolicySettings = Pick<Policy, 'apiAudiences' | 'notBefore' | 'tokenSeconds'>;

const settingNames: readonly (keyof PolicySettings)[] = ['apiAudiences', 'notBefore', 'tokenSeconds'];

/** A version, and how it came to be. */
export interface VersionInfo {
  /** Only grows. */
  readonly version: number;
  /** RFC 3339 */
  readonly writtenAt: string;
  /** Who wrote it. Empty where that is not known. */
  readonly author: string;
  readonly message: string;
  /** Absent where it is not signed. Not checked: `trust.ts` does that. */
  readonly signature?: PolicySignature | undefined;
}

export interface PastVersion extends VersionInfo {
  readonly content: Content;
}

/** The current version, with what was before it. */
export interface Pointer extends VersionInfo {
  /** Undefined where somebody put a record of format 1, which has no parts. */
  readonly content: Content | undefined;
  /** A policy that is small enough is here too, so that one read is enough. Not validated. */
  readonly inline: unknown;
  /** The versions before, the newest first: as many as there is room for. */
  readonly history: readonly PastVersion[];
}

/**
 * In UTF-8 bytes. Together they leave a pointer below what a store takes (`maxValueBytes`), and room for two versions of the
 * past at least, on which readers fall back.
 */
export const pointerLimits: {
  /** A policy that is held in the pointer. */
  readonly inline: number;
  readonly history: number;
  /** Of one version: its pages and settings. */
  readonly content: number;
  readonly author: number;
  readonly message: number;
} = { inline: 44 * 1024, history: 12 * 1024, content: 4 * 1024, author: 200, message: 500 };

/** So far may the clock of whoever signs a version, or writes it, be from that of others, in milliseconds. */
export const maxSkewMs = 300_000;

/** Readers fall back on so many versions before the current one. */
export const fallbacks = 2;

const format = 2;

/** @throws {PolicyError} where the author, the message or the content is too long */
export function encodePointer({ content, inline, history, ...info }: Pointer & { content: Content }): string {
  assertText('author', info.author, pointerLimits.author);
  assertText('message', info.message, pointerLimits.message);
  const stored = encodeContent(content);
  assertShort('policy', JSON.stringify(inline) ?? '', pointerLimits.inline);
  assertShort('content', JSON.stringify(stored), pointerLimits.content);
  const past = history.map(({ content: before, ...one }) => ({ ...one, content: encodeContent(before) }));
  const value = { format, ...info, content: stored, policy: inline, history: trimmed(past) };
  return JSON.stringify(value);
}

/**
 * Reads a pointer, or a record of format 1 as one without a past.
 *
 * @param past so many versions of its history. Default: all
 * @throws {PolicyError}
 */
export function decodePointer(text: string, past: number = Number.POSITIVE_INFINITY): Pointer {
  const value = decodeStored(text);
  if (value.format === 1) {
    const { version, writtenAt } = value;
    const info = { version, writtenAt, author: '', message: '', ...signatureOf(value) };
    return { ...info, content: undefined, inline: value.policy, history: [] };
  }
  const content = decodeContent(member(value, 'content'));
  if (content.kind === 'document' && value.policy === undefined) throw invalid('has no policy');
  const history = member(value, 'history');
  if (!Array.isArray(history)) throw invalid('has no history');
  return { ...readInfo(value), content, inline: value.policy, history: history.slice(0, past).map(readPast) };
}

/** Both forms of an inline policy, read. @throws {PolicyError} */
export function inlinePolicyOf({ content, inline }: Pointer): Policy | undefined {
  return content?.kind === 'manifest' ? undefined : parsePolicy(inline);
}

/** As it is stored and uploaded. */
export function encodeContent(content: Content): unknown {
  if (content.kind === 'document') return { document: content.hash };
  const { pages, apiAudiences, notBefore, tokenSeconds } = content;
  const [exact, account] = [pages.exact.entries, pages.account.entries];
  return { exact, account, apiAudiences, notBefore, tokenSeconds };
}

/** Content as it was stored or uploaded. @throws {PolicyError} */
export function decodeContent(value: unknown): Content {
  const hash = member(value, 'document');
  if (hash !== undefined) {
    if (!isHash(hash)) throw invalid('names no document');
    return { kind: 'document', hash };
  }
  const [exact, account] = (['exact', 'account'] as const).map((space) =>
    PrefixTable.of(readEntries(member(value, space), isHash), ''),
  );
  if (exact === undefined || account === undefined) throw invalid('has pages with a gap');
  const settings = Object.fromEntries(
    settingNames.flatMap((name) => {
      const setting = member(value, name);
      return setting === undefined ? [] : [[name, setting]];
    }),
  );
  const { rules: _, ...checked } = parsePolicy({ rules: [], ...settings });
  return { kind: 'manifest', pages: { exact, account }, ...checked };
}

function readPast(value: unknown): PastVersion {
  return { ...readInfo(value), content: decodeContent(member(value, 'content')) };
}

function readInfo(value: unknown): VersionInfo {
  const [version, writtenAt, author, message] = ['version', 'writtenAt', 'author', 'message'].map((name) =>
    member(value, name),
  );
  if (
    !isVersion(version) ||
    typeof writtenAt !== 'string' ||
    typeof author !== 'string' ||
    typeof message !== 'string'
  ) {
    throw invalid('has a version without its facts');
  }
  return { version, writtenAt, author, message, ...signatureOf(value) };
}

function signatureOf(value: unknown): Pick<VersionInfo, 'signature'> {
  const signature = readSignature(member(value, 'signature'));
  return signature === undefined ? {} : { signature };
}

function trimmed<T>(history: readonly T[]): readonly T[] {
  let bytes = 0;
  const end = history.findIndex((one) => {
    bytes += sizeOf(JSON.stringify(one)) + 1;
    return bytes > pointerLimits.history;
  });
  return end === -1 ? history : history.slice(0, end);
}

function assertText(path: string, text: string, limit: number): void {
  assertShort(path, text, limit);
  if (/\p{Cc}|\p{Cs}/u.test(text))
    throw new PolicyError([{ path, message: 'must be one line of printable text' }]);
}

function assertShort(path: string, text: string, limit: number): void {
  const size = sizeOf(text);
  if (size <= limit) return;
  throw new PolicyError([{ path, message: `takes ${size} bytes, the limit is ${limit}` }]);
}

function invalid(problem: string): PolicyError {
  return new PolicyError([{ path: '', message: `the stored policy ${problem}` }]);
}
