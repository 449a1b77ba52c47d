/**
 * An OpenID client that nobody here wrote discovers an issuer, exchanges a token there, and validates what it gets.
 */
import {
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  genericGrantRequest,
  None,
} from 'openid-client';
import { describe, expect, test } from 'vitest';
import {
  grantType,
  IssuerScene,
  jwtType,
  orders,
  ordersAudience,
  signedUrl,
} from '../support/issuer-setup.ts';
import { keyDraft, keyText } from '../support/signing-keys.ts';

type Change = (body: Record<string, unknown>) => Record<string, unknown>;

/**
 * The client, whose ID is the audience: that is what it expects of an ID token. It validates no access token, so it is given
 * the same JWT as its ID token.
 */
async function clientOf(
  scene: IssuerScene,
  {
    clientId = ordersAudience,
    alg = 'ES256',
    change = (body) => body,
  }: { clientId?: string; alg?: string; change?: Change } = {},
): Promise<Configuration> {
  const fetching = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await scene.app.fetch(new Request(url, init));
    if (!url.endsWith('/token')) return response;
    const body = (await response.json()) as Record<string, unknown>;
    const { access_token: id_token } = body;
    return Response.json(change(id_token === undefined ? body : { ...body, id_token }), {
      status: response.status,
    });
  };
  const metadata = { id_token_signed_response_alg: alg };
  const config = await discovery(new URL(orders), clientId, metadata, None(), {
    // biome-ignore lint/suspicious/noExplicitAny: its fetch has types of its own
    [customFetch]: fetching as any,
  });
  enableNonRepudiationChecks(config);
  return config;
}

async function sceneWith(alg: 'RS256' | 'ES256'): Promise<IssuerScene> {
  const scene = await IssuerScene.start({
    keys: keyText(
      await keyDraft('next', { alg, signFrom: '2099-01-01T00:00:00Z' }),
      await keyDraft('signer', { alg }),
    ),
  });
  scene.time = Date.now(); // it has a clock of its own
  return scene;
}

async function exchangeBy(config: Configuration, scene: IssuerScene) {
  const parameters = {
    subject_token: await scene.sign(),
    subject_token_type: signedUrl,
    audience: ordersAudience,
  };
  return genericGrantRequest(config, grantType, parameters);
}

describe('openid-client', () => {
  test('discovers the issuer', async () => {
    const config = await clientOf(await sceneWith('ES256'));
    expect(config.serverMetadata()).toMatchObject({ issuer: orders, token_endpoint: `${orders}/token` });
  });

  test.each(['RS256', 'ES256'] as const)(
    'takes a token that is signed with %s, by the published key',
    async (alg) => {
      const scene = await sceneWith(alg);
      const tokens = await exchangeBy(await clientOf(scene, { alg }), scene);
      expect(tokens).toMatchObject({ token_type: 'bearer', issued_token_type: jwtType });
      expect(tokens.expiresIn()).toBeGreaterThan(0);
      expect(tokens.claims()).toMatchObject({
        iss: orders,
        aud: ordersAudience,
        sub: 'arn:aws:iam::111122223333:role/Deployer',
        username: 'deployer:build-7',
        groups: ['deployers', 'of:build-7'],
      });
    },
  );

  test('refuses it for another audience', async () => {
    const scene = await sceneWith('ES256');
    const config = await clientOf(scene, { clientId: 'https://other.example' });
    await expect(exchangeBy(config, scene)).rejects.toMatchObject({ cause: { cause: { claim: 'aud' } } });
  });

  test('refuses it with another signature', async () => {
    const scene = await sceneWith('ES256');
    const change: Change = ({ id_token, ...body }) => {
      const [header, payload] = String(id_token).split('.');
      return { ...body, id_token: `${header}.${payload}.${'A'.repeat(86)}` };
    };
    await expect(exchangeBy(await clientOf(scene, { change }), scene)).rejects.toMatchObject({
      cause: { message: 'JWT signature verification failed' },
    });
  });

  test('understands the errors', async () => {
    const scene = await sceneWith('ES256');
    const config = await clientOf(scene);
    const parameters = { subject_token: 'k8s-aws-v1.x', subject_token_type: signedUrl };
    await expect(genericGrantRequest(config, grantType, parameters)).rejects.toMatchObject({
      status: 400,
      error: 'invalid_request',
      error_description: expect.stringContaining('(decision '),
    });
    await expect(genericGrantRequest(config, 'client_credentials', {})).rejects.toMatchObject({
      error: 'unsupported_grant_type',
    });
  });
});
