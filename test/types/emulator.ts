/** What the types of `callerid/emulator` promise. */
import { createJwtIssuerEmulator, createStsEmulator, type Principal } from '../../src/emulator.ts';

declare const principal: Principal;
const sts = createStsEmulator({ principals: [principal] });
export const asFetch: typeof fetch = sts.fetch;
// @ts-expect-error somebody must be known
createStsEmulator({});
// @ts-expect-error calls are only read
sts.calls = [];

const aws = createJwtIssuerEmulator({ account: '111122223333' });
export const fetchKeys: typeof fetch = aws.fetch;
// @ts-expect-error AWS signs with no such algorithm
aws.issueToken({ audience: 'a', sub: 'b', algorithm: 'HS256' });
