/**
 * What reads and issues JWTs, for the entries that have all parts. `cloudflare-webhook.ts` does not bring it in.
 *
 * @module
 */
import type { JSONWebKeySet } from 'jose';
import { createIssuer } from '../http/issuer/issuer.ts';
import { awsJwts } from '../jwt/aws-jwts.ts';
import { readSigningKeys, type SigningKey } from '../oidc/signing-keys.ts';
import type { IssuerModule } from './issuer-part.ts';
import type { CreateJwts } from './jwt-verifiers.ts';

/** The parts that an entry hands on. */
export const jwtParts: {
  readonly issuer: IssuerModule<SigningKey | undefined, JSONWebKeySet>;
  readonly createJwts: CreateJwts;
} = { issuer: { createIssuer, readSigningKeys }, createJwts: awsJwts };
