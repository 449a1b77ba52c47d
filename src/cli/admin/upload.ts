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
import { encodeContent } from '../../policy/pointer.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { Progress } from '../terminal.ts';
import type { AdminClient, Answer } from './client.ts';
import type { ChangeFlags } from './options.ts';

/** Hashes in one request: the most that the API takes. */
const maxHashes = 500;
/** Uploads at a time: the deployment asks STS about the token of each. */
const concurrency = 4;

export type Changed = Answer<'applyPolicy'>;

/** Applies a policy, or tries it. @throws {CommandError} @throws {PolicyError} */
export async function propose(client: AdminClient, policy: Policy, flags: ChangeFlags): Promise<Changed> {
  const change = changeOf(flags);
  if (!client.isRemote) return client.call('applyPolicy', { body: { policy, ...change } });
  const { content, parts } = await planPolicy(policy);
  if (content.kind === 'document') return client.call('applyPolicy', { body: { policy, ...change } });
  // the API knows the rules of a large policy in another order, and could not say where in the file they are
  const findings = lintPolicy(policy);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new PolicyError(errors);
  await upload(client, parts, new Progress('uploading parts'));
  const changed = await client.call('applyManifest', {
    body: { content: encodeContent(content), ...change },
  });
  return { ...changed, findings };
}

/** The options of a change, as the API has them. */
export function changeOf(flags: ChangeFlags): object {
  const { message = '', expectedVersion, dryRun, yesLockOut, replaceUnreadable } = flags;
  const replace = replaceUnreadable ? { replaceUnreadable } : {};
  return { message, expectedVersion, dryRun, yesLockOut, ...replace };
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
