/**
 * The suites of Node and workerd, in one command. The conformance suite runs in both, unchanged; Deno has a
 * configuration of its own, since there vitest itself has to run in Deno. The examples are run by Node, each on the
 * runtime that it is for.
 */
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/conformance/**/*.test.ts', 'test/node/**/*.test.ts'],
          globalSetup: 'test/support/property-setup.ts',
        },
      },
      {
        test: {
          name: 'examples',
          include: ['test/examples/**/*.test.ts'],
          globalSetup: 'test/examples/project.ts',
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './test/workerd/wrangler.toml' } })],
        test: {
          name: 'workerd',
          include: ['test/conformance/**/*.test.ts', 'test/workerd/**/*.test.ts'],
          globalSetup: 'test/support/property-setup.ts',
          isolate: false, // one isolate for all files: a tenth of the time
        },
      },
    ],
  },
});

export default config;
