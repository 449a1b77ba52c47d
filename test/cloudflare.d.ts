/**
 * The little that the tests in workerd use of its modules. The real types come with `@cloudflare/workers-types`, whose
 * globals would replace those of every other runtime here.
 */
declare module 'cloudflare:workers' {
  /** The bindings of `test/workerd/wrangler.toml`. */
  export const env: {
    readonly TEST_KV: import('../src/store/cloudflare-kv.ts').KvNamespace;
    readonly POLICY: import('../src/store/cloudflare-kv.ts').KvNamespace;
    readonly POLICY_WRITER: import('../src/store/durable-object.ts').PolicyObjectNamespace;
  };
}

declare module 'cloudflare:test' {
  interface ExecutionContext {
    waitUntil(promise: Promise<unknown>): void;
    passThroughOnException(): void;
  }
  /** Empties every binding: storage is shared by all tests. */
  export function reset(): Promise<void>;
  /** The stub of an object. */
  type Stub = import('../src/store/durable-object.ts').PolicyObjectStub;
  type Instance = import('../src/store/policy-object.ts').PolicyObject;
  type State = import('../src/store/policy-object.ts').ObjectState;
  export function runInDurableObject<T>(
    stub: Stub,
    run: (instance: Instance, state: State) => T | Promise<T>,
  ): Promise<T>;
  /** Runs the alarm now. Whether one was set. */
  export function runDurableObjectAlarm(stub: Stub): Promise<boolean>;
  /** Ends the object gracefully; what it stored stays. */
  export function evictDurableObject(stub: Stub): Promise<void>;
  export function createExecutionContext(): ExecutionContext;
  export function waitOnExecutionContext(context: ExecutionContext): Promise<void>;
}
