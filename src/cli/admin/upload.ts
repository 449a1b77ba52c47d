/**
 * Proposing a policy: whole where it is small, else in parts, of which only those go that the deployment lacks.
 *
 * @module
 */
import { PolicyError } from '../../errors/classes.ts';
import { mapLimited } from '../../lib/map-limited.ts';
import { lintPolicy } from '../../mapping/lint.ts';
import type { Policy } from '../../mapping/rule.ts';
import { planPolicy } from '../../policy/plan.ts';
import { type Content, encodeContent } from '../../policy/pointer.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import type { PolicySigner } from '../policy/signer.ts';
import { Progress } from '../terminal.ts';
import { assertOwn, assertWanted } from './before-signing.ts';
import type { AdminClient, Answer } from './client.ts';
import type { ChangeFlags } from './options.ts';

/** Hashes in one request: the most that the API takes. */
const maxHashes = 500;
/** Uploads at a time: the deployment asks STS about the token of each. */
const concurrency = 4;

export type Changed = Answer<'applyPolicy'>;

/** By whom the next version is signed. */
export interface Signing {
  readonly signer: PolicySigner;
  readonly cluster: string;
}

/**
 * Applies a policy, or tries it.
 *
 * @param signing by whom, and for which cluster. Default: it is not signed
 * @throws {CommandError} @throws {PolicyError}
 */
export async function propose(
  client: AdminClient,
  policy: Policy,
  flags: ChangeFlags,
  signing?: Signing,
): Promise<Changed> {
  if (!client.isRemote && signing === undefined) {
    return client.call('applyPolicy', { body: { policy, ...changeOf(flags) } });
  }
  const { content, parts } = await planPolicy(policy);
  const proposal = { client, flags, content, signing };
  if (!client.isRemote || content.kind === 'document') return apply(proposal, 'applyPolicy', { policy });
  // the API knows the rules of a large policy in another order, and could not say where in the file they are
  const findings = lintPolicy(policy);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new PolicyError(errors);
  await upload(client, parts, new Progress('uploading parts'));
  const changed = await apply(proposal, 'applyManifest', { content: encodeContent(content) });
  return { ...changed, findings };
}

interface Proposal {
  readonly client: AdminClient;
  readonly flags: ChangeFlags;
  readonly content: Content;
  readonly signing: Signing | undefined;
}

/** What is signed is what was planned here. To try it first tells which version is current, and the next one is signed. */
async function apply(
  { client, flags, content, signing }: Proposal,
  operation: 'applyPolicy' | 'applyManifest',
  what: object,
): Promise<Changed> {
  const change = changeOf(flags);
  if (signing === undefined) return client.call(operation, { body: { ...what, ...change } });
  const tried = await client.call(operation, { body: { ...what, ...change, dryRun: true } });
  if (flags.dryRun) return tried;
  assertWanted(tried, flags);
  const { signer, cluster } = signing;
  await assertOwn(client, tried.version, signer.key, flags);
  const signature = await signer.sign(cluster, nextVersion(tried.version), content);
  const body = { ...what, ...change, expectedVersion: tried.version, signature };
  return client.call(operation, { body });
}

/** Where there is none to count from, the time in seconds: one that is lost may come back, and no number of before is above it. */
function nextVersion(current: number): number {
  return current === 0 ? Math.floor(Date.now() / 1000) : current + 1;
}

/** The options of a change, as the API has them. */
export function changeOf(flags: ChangeFlags): object {
  const { message = '', expectedVersion, dryRun, yesLockOut, replaceUnreadable, unsigned } = flags;
  // a server of before knows neither of the two
  const further = { ...(replaceUnreadable && { replaceUnreadable }), ...(unsigned && { unsigned }) };
  return { message, expectedVersion, dryRun, yesLockOut, ...further };
}

/** Uploads the parts that are not there. Broken off, it goes on where it was. */
async function upload(
  client: AdminClient,
  parts: ReadonlyMap<string, string>,
  progress: Progress,
): Promise<void> {
  const hashes = [...parts.keys()];
  const missing: string[] = [];
  let done = 0;
  try {
    for (let at = 0; at < hashes.length; at += maxHashes) {
      const body = { hashes: hashes.slice(at, at + maxHashes) };
      missing.push(...(await client.call('missingParts', { body })).missing);
    }
    await mapLimited(missing, concurrency, async (hash) => {
      const text = parts.get(hash);
      if (text === undefined)
        throw new CommandError(
          exitCodes.noVerdict,
          'the server asks for a part of another policy',
          'check --server',
        );
      await client.call('putPart', { parameters: { hash }, text });
      done += 1;
      progress.show(done, missing.length);
    });
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== exitCodes.noVerdict || missing.length === 0)
      throw error;
    const detail = `${done} of ${missing.length} parts are uploaded, and nothing is applied: the same command goes on from there`;
    throw new CommandError(error.exitCode, error.message, undefined, [...error.details, detail]);
  } finally {
    progress.end();
  }
}
