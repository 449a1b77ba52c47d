/**
 * A caller: reads orders and places one, with the AWS credentials that are at hand, as the AWS CLI finds them.
 *
 *     npm install ./callerid-0.1.0.tgz @aws-sdk/credential-providers
 *     node orders.js
 */
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { createFetch } from 'callerid/sign';

const service = {
  credentials: fromNodeProviderChain(),
  audience: 'https://orders.example.com',
  region: process.env.AWS_REGION ?? 'eu-west-1',
};

/** One token for many requests. */
const read = createFetch(service);

/** A token for each request, which can be used for nothing else, and not twice. */
const write = createFetch({ ...service, bound: true, oneTime: true });

for (const response of [
  await read('https://orders.example.com/orders'),
  await write('https://orders.example.com/orders', { method: 'POST', body: JSON.stringify({ item: 'tea' }) }),
]) {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  console.log(await response.text());
}
