/**
 * The JWT authenticator of Kubernetes' structured authentication (KEP-3331), which AKS takes too.
 *
 * @module
 */

import { longestJwtSeconds } from '../../lib/jwt-life.ts';
import { reservedPrefixes } from '../../mapping/reserved.ts';
import type { Trust } from './targets.ts';

/** Of `apiserver.config.k8s.io`: v1beta1 from Kubernetes 1.30, v1 from 1.34. */
export const apiVersions = ['v1', 'v1beta1'] as const;

/** Facts, and the last part of the key of `extra` that each has: those are in lower case. */
const extraFacts = {
  arn: 'arn',
  canonicalArn: 'canonical-arn',
  account: 'account',
  principalId: 'principal-id',
  sessionName: 'session-name',
  accessKeyId: 'access-key-id',
  sourceIdentity: 'source-identity',
  proof: 'proof',
  decisionId: 'decision-id',
} as const;

/** A pattern of CEL, for names in lower case. */
const reserved = `"^(${reservedPrefixes.join('|')})"`;

/** The file for `--authentication-config`. */
export function authenticationConfiguration(trust: Trust, apiVersion: string): object {
  return {
    apiVersion: `apiserver.config.k8s.io/${apiVersion}`,
    kind: 'AuthenticationConfiguration',
    jwt: [jwtAuthenticator(trust)],
  };
}

/** One authenticator. */
export function jwtAuthenticator({ issuer, audience, usernamePrefix, groupsPrefix }: Trust): object {
  const { host, hostname } = new URL(issuer);
  const facts = `claims[?${quoted(host)}]`;
  return {
    issuer: { url: issuer, audiences: [audience] },
    claimValidationRules: [
      {
        expression: `claims.exp - claims.iat <= ${longestJwtSeconds}`,
        message: 'the JWT is good for more than an hour',
      },
    ],
    claimMappings: {
      username: { expression: `${before(usernamePrefix)}claims.username` },
      groups: {
        // CEL iterates over no claim whose type it does not know, unless told that it may be any.
        expression:
          groupsPrefix === ''
            ? 'claims.groups'
            : `dyn(claims.groups).map(group, ${quoted(groupsPrefix)} + group)`,
      },
      // As the webhook has it. Where the principal ID is not known there is no uid, rather than one that is another's later.
      uid: {
        expression:
          `${facts}.?principalId.hasValue() ? ` +
          `"aws-iam-authenticator:" + claims[${quoted(host)}].account + ":" + claims[${quoted(host)}].principalId : ""`,
      },
      extra: Object.entries(extraFacts).map(([fact, key]) => ({
        key: `${hostname}/${key}`,
        valueExpression: `${facts}.?${fact}.orValue("")`,
      })),
    },
    userValidationRules: [
      {
        expression: `!user.username.lowerAscii().matches(${reserved})`,
        message: 'the username begins with a reserved prefix',
      },
      {
        expression: `user.groups.all(group, !group.lowerAscii().matches(${reserved}))`,
        message: 'a group begins with a reserved prefix',
      },
    ],
  };
}

function before(prefix: string): string {
  return prefix === '' ? '' : `${quoted(prefix)} + `;
}

/** A string of CEL. Of printable ASCII JSON writes the same. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
