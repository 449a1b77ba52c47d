/**
 * The little that the tests in workerd use of its modules. The real types come with `@cloudflare/workers-types`, whose
 * globals would replace those of every other runtime here.
 */
declare module 'cloudflare:workers' {
  /** The bindings of `test/workerd/wrangler.toml`. */
  export const env: { readonly TEST_KV: import('../src/store/cloudflare-kv.ts').KvNamespace };
}

declare module 'cloudflare:test' {
  interface ExecutionContext {
    waitUntil(promise: Promise<unknown>): void;
    passThroughOnException(): void;
  }
  /** Empties every binding: storage is shared by all tests. */
  export function reset(): Promise<void>;
  export function createExecutionContext(): ExecutionContext;
  export function waitOnExecutionContext(context: ExecutionContext): Promise<void>;
}
