/**
 * The proxy that is believed on Deno, by the same tests as that of Node.
 */
import '../node/certificate-proxy.test.ts';
