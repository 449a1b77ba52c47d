/** What the types of `callerid/emulator` promise. */
import { createStsEmulator, type Principal } from '../../src/emulator.ts';

declare const principal: Principal;
const sts = createStsEmulator({ principals: [principal] });
export const asFetch: typeof fetch = sts.fetch;
// @ts-expect-error somebody must be known
createStsEmulator({});
// @ts-expect-error calls are only read
sts.calls = [];
