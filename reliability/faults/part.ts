/**
 * Faults of STS and of the store of policies, on processes of every runtime.
 *
 * @module
 */

import type { Check } from '../checks.ts';
import { Ground } from '../deployment.ts';
import type { Part } from '../part.ts';
import { policyOf } from '../people.ts';
import { publishAll, storeClusters, storeFaults, storeSettings } from './store-faults.ts';
import { connectionFaults, exchangeFaults } from './sts-faults.ts';

const cluster = 'sts.example.com';

/** In milliseconds: so that a test need not wait for 5 seconds each time. */
const deadlineMs = 3000;

export const faults: Part = {
  name: 'faults',
  isSideBySide: true,
  async run({ checks, runtime }) {
    const { figure } = checks;
    let [passed, all] = [0, 0];
    const check: Check = (name, act) =>
      checks.check(name, async () => {
        all++;
        await act();
        passed++;
      });
    const ground = await Ground.make({
      runtime,
      clusters: [cluster, ...storeClusters],
      variables: { ...storeSettings, CALLERID_STS_DEADLINE_MS: String(deadlineMs) },
    });
    try {
      await ground.policies.publish(cluster, policyOf({ gina: true }));
      await publishAll(ground);
      const server = await ground.start({ log: true });
      const ofSts = { check, runtime, ground, server, cluster };
      const [exchanges] = await Promise.all([
        exchangeFaults(ofSts),
        storeFaults({ check, runtime, ground, server: await ground.start({ log: true }) }),
      ]);
      const recovered = Math.max(exchanges, await connectionFaults(ofSts));
      await check(`${runtime}: no log line holds a token, a signature or a key`, async () => {
        const leaks = ground.leaks();
        if (leaks.length > 0) throw new Error(`found ${leaks.length} of them`);
      });
      figure(
        `faults survived, ${runtime}`,
        `${passed} of ${all} checks; new tokens granted again within ${recovered} ms`,
      );
    } finally {
      await ground.end();
    }
  },
};
