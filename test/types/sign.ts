/** What the types of `callerid/sign` promise. */
import {
  type AwsCredentials,
  type CredentialSource,
  createFetch,
  createToken,
  type SignedToken,
} from '../../src/sign.ts';

declare const credentials: AwsCredentials;
const service = { audience: 'https://orders.example.com', region: 'eu-west-1' };

export const signed: Promise<SignedToken> = createToken(credentials, service);
createToken(() => credentials, service);
createToken(async () => credentials, { ...service, fips: true });
// @ts-expect-error an audience is needed
createToken(credentials, { region: 'eu-west-1' });
// @ts-expect-error a secret is needed
createToken({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }, service);
// @ts-expect-error no such option
createToken(credentials, { ...service, cluster: 'prod.example.com' });

export const source: CredentialSource = ({ forceRefresh = false } = {}) =>
  forceRefresh ? credentials : credentials;
export const asFetch: typeof fetch = createFetch({ credentials, ...service });
// @ts-expect-error bound or not
createFetch({ credentials, ...service, bound: 'yes' });
// @ts-expect-error somebody signs
createFetch(service);
