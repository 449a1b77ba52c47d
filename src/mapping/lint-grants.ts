/**
 * Rules that give more, or to more, than their author may think.
 *
 * @module
 */
import { isBare } from './glob.ts';
import type { Finding } from './lint.ts';
import { parsePattern } from './pattern.ts';
import type { DenyRule, GrantRule, Rule } from './rule.ts';
import { accountsOf, arnOf, isExact } from './rule-keys.ts';

export function lintGrants(rules: readonly Rule[]): Finding[] {
  const openAccounts = new Set(rules.flatMap((rule) => (letsFederatedUsersIn(rule) ? accountsOf(rule) : [])));
  return rules.flatMap((rule, index) => {
    const found = 'deny' in rule ? lintDeny(rule, openAccounts) : 'username' in rule ? lintGrant(rule) : [];
    return found.map(({ field, message }): Finding => {
      return { severity: 'warning', path: `rules[${index}]${field && `.${field}`}`, message };
    });
  });
}

interface Remark {
  readonly field: string;
  readonly message: string;
}

function lintGrant(rule: GrantRule): Remark[] {
  return [...lintChosenNames(rule), ...lintBreadth(rule)];
}

/** What others choose, by what makes it part of a name. */
const chosen: readonly {
  readonly variable: RegExp;
  /** Who chooses, and what would keep them from it. */
  readonly message: string;
  readonly isOf: (rule: GrantRule) => boolean;
}[] = [
  {
    variable: /\{\{SessionName(?:Raw)?\}\}/,
    message: 'whoever may assume the role chooses the session name, unless its trust policy pins it',
    // IAM Identity Center gives session names itself, and a condition bounds them: what is left is the caller's choice.
    isOf: (rule) => ('role' in rule || 'pattern' in rule) && rule.conditions?.sessionName === undefined,
  },
  {
    variable: /\{\{SourceIdentity\}\}/,
    message:
      'whoever assumes the first role of a chain chooses the source identity, unless its trust policy pins it',
    isOf: (rule) => 'role' in rule || 'pattern' in rule,
  },
  {
    variable: /\{\{PrincipalTag:([^}]*)\}\}/,
    message: 'whoever may tag the principal or its session chooses the tag',
    isOf: (rule) => !('sso' in rule),
  },
];

function lintChosenNames(rule: GrantRule): Remark[] {
  const names = [
    ['username', rule.username],
    ...rule.groups.map((text, index) => [`groups[${index}]`, text]),
  ];
  return names.flatMap(([field = '', text = '']) =>
    chosen.flatMap(({ variable, message, isOf }) => {
      const found = variable.exec(text);
      if (found === null || !isOf(rule) || isBounded(rule, found[1])) return [];
      const who = text.startsWith('{{')
        ? 'so they may call themselves as any other user'
        : 'so none of them can be told from another';
      const merged = text.replaceAll('{{SessionNameRaw}}', '').search(variable) >= 0;
      return [{ field, message: `${message}, ${who}${merged ? '; a@b and a-b become one name' : ''}` }];
    }),
  );
}

function isBounded({ conditions }: GrantRule, tag: string | undefined): boolean {
  return tag !== undefined && Object.hasOwn(conditions?.principalTags ?? {}, tag);
}

function lintBreadth(rule: GrantRule): Remark[] {
  if (!('pattern' in rule)) return [];
  const pattern = parsePattern(rule.pattern);
  if (typeof pattern === 'string') return [];
  const letters = pattern.glob.replace(/[*?/]/g, '').length;
  if (isBare(pattern.glob))
    return [{ field: 'pattern', message: 'lets in everybody of its kind in the account' }];
  if (letters >= 3) return [];
  const message = `has ${letters} literal characters: whoever may create a role or user of such a name comes in`;
  return [{ field: 'pattern', message }];
}

/** A user who is denied can make a session of a federated user for themselves (STS API reference, GetFederationToken). */
function lintDeny(rule: DenyRule, openAccounts: ReadonlySet<string>): Remark[] {
  if (!isExact(rule) || arnOf(rule).type !== 'user' || !openAccounts.has(arnOf(rule).account)) return [];
  const message =
    'is denied, but may come in as a federated user (sts:GetFederationToken), whom another rule lets in';
  return [{ field: 'user', message }];
}

function letsFederatedUsersIn(rule: Rule): boolean {
  if ('deny' in rule) return false;
  return 'account' in rule || ('pattern' in rule && rule.pattern.includes(':federated-user/'));
}
