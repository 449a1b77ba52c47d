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
// @ts-expect-error a rule names somebody
export const nobody: Rule = { username: 'deploy', groups: [] };
