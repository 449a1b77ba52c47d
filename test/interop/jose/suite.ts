/**
 * JOSE of other languages on both ends: it verifies what callerid signs, and signs as AWS what callerid verifies.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IssuerStage } from '../issuer/stage.ts';
import type { Suite } from '../suite.ts';
import { signedChecks } from './aws.ts';
import { issuedChecks } from './issued.ts';
import { startPeers } from './peers.ts';

export const suite: Suite = {
  name: 'JOSE in Go and Python',
  async run(check) {
    const peers = await startPeers();
    for (const peer of peers) await signedChecks(check, peer);
    const home = mkdtempSync(join(tmpdir(), 'callerid-jose-'));
    try {
      for (const algorithm of ['RS256', 'ES256'] as const) {
        const stage = await IssuerStage.start(home, algorithm, algorithm);
        try {
          for (const peer of peers) await issuedChecks(check, stage, peer, algorithm);
        } finally {
          await stage.end();
        }
      }
    } finally {
      rmSync(home, { recursive: true });
    }
  },
};
