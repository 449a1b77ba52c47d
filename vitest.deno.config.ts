/**
 * The suite of Deno: `deno run -A --unstable-kv node_modules/vitest/vitest.mjs run -c vitest.deno.config.ts`.
 * The pool has to be `forks`, the only one that works there.
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    name: 'deno',
    pool: 'forks',
    include: ['test/conformance/**/*.test.ts', 'test/deno/**/*.test.ts'],
    globalSetup: 'test/support/property-setup.ts',
  },
});

export default config;
