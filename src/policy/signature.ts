/**
 * The signature of a version, as it is stored and sent. What it covers, and who is believed, is in `trust.ts`.
 *
 * @module
 */
import { member } from '../lib/json.ts';

/** An Ed25519 signature (RFC 8032). */
export interface PolicySignature {
  /** The public key, as {@link isPolicyKey} wants it. */
  readonly key: string;
  /** 64 bytes in base64url. */
  readonly value: string;
}

/** 32 bytes in base64url, and 64: without stray bits, so that each has one spelling. */
export const policyKeyForm: RegExp = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
export const signatureForm: RegExp = /^[A-Za-z0-9_-]{85}[AQgw]$/;

/**
 * The points of small order and the encodings that are not canonical (RFC 8032, section 5.1.3), with either sign: for those
 * of small order anybody can make a signature, and runtimes differ in what they take. In turn y = 0 and 1; p - 1 and all
 * from p on; the two of order 8.
 */
const weakKey =
  /^(?:A[AQ]A{39}[AI]A|[7-9_-][Pfv_]_{39}[3_]8|xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA[3_]o|JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_[AI]U)$/;

/** Whether this can be a public key. */
export function isPolicyKey(value: unknown): value is string {
  return typeof value === 'string' && policyKeyForm.test(value) && !weakKey.test(value);
}

/** One, and as many as a rotation may need besides. */
const maxKeys = 4;

/** Whether these can be the public keys of whom is believed. */
export function isPolicyKeys(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.length <= maxKeys && value.every(isPolicyKey);
}

/** What it has to be, where it is not. */
export const policyKeysWanted: string = `must be 1 to ${maxKeys} public keys`;

/** Undefined where it is none: where signatures are asked for, that is unsigned. */
export function readSignature(stored: unknown): PolicySignature | undefined {
  const [key, value] = [member(stored, 'key'), member(stored, 'value')];
  const isWhole = isPolicyKey(key) && typeof value === 'string' && signatureForm.test(value);
  return isWhole ? { key, value } : undefined;
}
