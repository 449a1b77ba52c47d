/**
 * What keeps a proven identity out.
 *
 * @module
 */

/** Refusals of a proven identity: by the rules, or for want of one. */
export const mappingRefusals = {
  not_mapped: 'no rule maps this identity',
  denied_by_rule: 'a deny rule names this identity',
  principal_recreated:
    'the rule is pinned to another principal of this name: the role or user was deleted and created anew',
  principal_id_unknown: 'the rule is pinned to a principal ID, which a JWT does not tell',
  condition_unmet:
    'rules name this identity, and the conditions of none of them hold, or none takes this proof',
  template_empty: 'the rule uses a template variable that has no value for this identity',
  template_malformed:
    'the rule uses a template variable whose value here has characters that no name takes, or too many',
  template_unavailable: 'the rule uses a template variable that this deployment cannot resolve',
  instance_id_malformed:
    'the session name is not the ID of an EC2 instance, which {{EC2PrivateDNSName}} needs',
  instance_not_found:
    'no pending or running EC2 instance of this ID with a private DNS name is in the account of the identity',
  instance_name_malformed: 'the private DNS name that EC2 has for the instance is no DNS name in lower case',
  name_malformed: 'the rendered name is not 1 to 1024 printable ASCII characters',
  name_reserved: 'the rendered name begins with a reserved prefix that the rule does not allow',
  audiences_disjoint: 'none of the API audiences asked for is served here',
} as const;

/** Codes of a proven identity that stays out: by the rules, or for want of one. */
export type MappingRefusalCode = keyof typeof mappingRefusals;
