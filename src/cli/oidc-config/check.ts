/**
 * Whether an issuer is there, and such as an API server takes.
 *
 * @module
 */
import { member } from '../../lib/json.ts';
import { requestJson } from '../json-request.ts';

/**
 * Asks an issuer for its documents.
 *
 * @param algorithms that whoever is to trust it takes
 * @returns what does not fit; empty where all does
 * @throws {CommandError} where nobody answers
 */
export async function problemsOf(issuer: string, algorithms: readonly string[]): Promise<readonly string[]> {
  const problems = issuer.startsWith('https:') ? [] : ['API servers take https alone'];
  const path = '/.well-known/openid-configuration';
  const discovery = await requestJson(`${issuer}${path}`, 'the issuer');
  if (discovery.status !== 200 || discovery.body === undefined) {
    return [
      ...problems,
      `${path}: HTTP ${discovery.status}, and no document: has the cluster a tokenAudience?`,
    ];
  }
  if (member(discovery.body, 'issuer') !== issuer) {
    problems.push('the document is of another issuer: CALLERID_ISSUER and --issuer differ');
  }
  const keysUrl = member(discovery.body, 'jwks_uri');
  if (typeof keysUrl !== 'string' || !keysUrl.startsWith(`${issuer}/`)) {
    return [...problems, 'the document names keys that are not below the issuer'];
  }
  return [...problems, ...(await keyProblems(keysUrl, algorithms))];
}

async function keyProblems(url: string, algorithms: readonly string[]): Promise<string[]> {
  const { status, body } = await requestJson(url, 'the issuer');
  const keys = member(body, 'keys');
  if (status !== 200 || !Array.isArray(keys)) return [`keys: HTTP ${status}, and no list of them`];
  const problems: string[] = [];
  if (keys.length === 0) problems.push('there are no keys');
  if (keys.some((key) => ['d', 'p', 'q', 'k'].some((name) => member(key, name) !== undefined))) {
    problems.push('a private key is public: everybody can be anybody, so take it away and make new ones');
  }
  // Each of them will sign, or has signed.
  if (!keys.every((key) => algorithms.includes(String(member(key, 'alg'))))) {
    problems.push(
      `there are keys for other algorithms than ${algorithms.join(' and ')}, which are taken here`,
    );
  }
  return problems;
}
