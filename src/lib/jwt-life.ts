/**
 * @module
 */

/** How long a JWT lives at most, in seconds: one of AWS (STS API reference, GetWebIdentityToken), and one that callerid issues. */
export const longestJwtSeconds = 3600;
