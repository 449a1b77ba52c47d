/**
 * What the AWS CLI printed for static keys; `test/fixtures/README.md` has the story.
 */
import text from '../fixtures/aws-cli-tokens.jsonl?raw';

export interface CliToken {
  readonly region: string;
  /** Signed as `x-k8s-aws-id`. */
  readonly clusterId: string;
  readonly sessionToken: string | null;
  /** `AWS_STS_REGIONAL_ENDPOINTS=legacy`: the global host where the region has it. */
  readonly legacyEndpoint: boolean;
  readonly expirationTimestamp: string;
  readonly token: string;
  readonly url: string;
}

export const cliTokens: readonly CliToken[] = text
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as CliToken);

/** The documentation's example credentials. */
export const exampleKey = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
} as const;

/** The time in a pre-signed URL, read without the code under test. */
export function signingTime(url: string): number {
  const date = new URL(url).searchParams.get('X-Amz-Date') ?? '';
  return Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
