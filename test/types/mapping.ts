/** What the types of `callerid/mapping` promise. */
import { type Policy, parsePolicy, type Rule } from '../../src/mapping.ts';

export const policy: Policy = parsePolicy({ rules: [] });
export const rule: Rule = {
  role: 'arn:aws:iam::111122223333:role/Deploy',
  username: 'deploy:{{SessionName}}',
  groups: [],
};
// @ts-expect-error no such use of reserved names
export const reserved: Rule = { ...rule, reserved: 'all' };
export const jwt: Rule = {
  ...rule,
  proof: 'aws-jwt',
  conditions: { orgId: ['o-a1b2c3d4e5'], ouPath: ['o-a1b2c3d4e5/*'], principalTags: { team: ['orders'] } },
};
// @ts-expect-error no such proof
export const password: Rule = { ...rule, proof: 'password' };
// @ts-expect-error a rule names somebody
export const nobody: Rule = { username: 'deploy', groups: [] };
