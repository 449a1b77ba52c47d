/**
 * What callerid issues, verified by somebody else.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { altered, forge, unsigned } from '../issuer/forge.ts';
import { type Algorithm, KeysFile } from '../issuer/keys-file.ts';
import { billing, type IssuerStage, orders } from '../issuer/stage.ts';
import type { Check } from '../suite.ts';
import type { Peer } from './peers.ts';

export async function issuedChecks(
  check: Check,
  stage: IssuerStage,
  peer: Peer,
  algorithm: Algorithm,
): Promise<void> {
  const { issuer, audience } = orders;
  const { admin, developer } = stage.people;
  const verify = (...tokens: string[]) => peer.verify({ issuer, audience, tokens }, stage.environment);
  const issued = await stage.exchange(admin, orders);

  await check(`${peer.name}: a JWT by ${algorithm} is good, and says the same`, async () => {
    const { alg, kid } = decodeProtectedHeader(issued);
    assert.deepEqual([alg, kid], [algorithm, stage.keys.ids[0]]);
    const other = await stage.exchange(developer, orders);
    assert.deepEqual(
      await verify(issued, other),
      [issued, other].map((token) => ({ claims: decodeJwt(token) })),
    );
  });

  const key = stage.keys.key(String(stage.keys.ids[0]));
  const stranger = (await KeysFile.create(join(stage.home, `${peer.name}.json`), algorithm)).keys[0];
  assert.ok(stranger);
  const refused: Readonly<Record<string, string>> = {
    'that was for somebody else': altered(issued, { username: 'root' }),
    'with the signature of another': withSignatureOf(issued, await stage.exchange(developer, orders)),
    'by a key of somebody else under the ID of ours': await forge({ ...stranger, kid: key.kid }, issued),
    'by a key that is not published': await forge(stranger, issued),
    'without a signature': unsigned(issued),
    'that has ended': await forge(key, issued, { exp: Math.floor(Date.now() / 1000) - 600 }),
    'for another audience': await forge(key, issued, { aud: billing.audience }),
    'of another cluster': await stage.exchange(admin, billing),
  };
  for (const [what, token] of Object.entries(refused)) {
    await check(`${peer.name}: a JWT ${what} is refused, by ${algorithm}`, async () => {
      const [good, bad] = await verify(issued, token);
      assert.ok(good && 'claims' in good, 'nothing is taken');
      assert.ok(bad && 'error' in bad && bad.error !== '', 'it is taken');
    });
  }
}

function withSignatureOf(token: string, other: string): string {
  return [...token.split('.').slice(0, 2), other.split('.')[2]].join('.');
}
