/**
 * That EC2 does not say what an instance is called.
 *
 * @module
 */

/** No verdict, and looking up an EC2 instance is the reason. */
export const ec2Outages = {
  ec2_throttled: 'EC2 throttles, or STS does for the role that asks it',
  ec2_unreachable: 'EC2, or STS for the role that asks it, could not be reached',
  ec2_timeout: 'EC2 did not answer in time',
  ec2_failing: 'EC2, or STS for the role that asks it, answered with a server error',
  ec2_credentials_refused:
    'EC2 refuses the credentials of this deployment, or STS does for the role: look at CALLERID_EC2_ and its rights',
  ec2_answer_unexpected: 'EC2, or STS for the role that asks it, gave an answer that callerid does not know',
} as const;

/** Codes of no verdict for which EC2 is the reason: come again later. */
export type Ec2OutageCode = keyof typeof ec2Outages;
