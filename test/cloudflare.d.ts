/**
 * The little that the tests in workerd use of its modules. The real types come with `@cloudflare/workers-types`, whose
 * globals would replace those of every other runtime here.
 */
declare module 'cloudflare:workers' {
  /** The bindings of `test/workerd/wrangler.toml`. */
  export const env: {
    readonly CALLER_LIMIT: import('../src/lib/limiter.ts').Limiter;
    readonly TEST_KV: import('../src/store/cloudflare-kv.ts').KvNamespace;
    readonly POLICY: import('../src/store/cloudflare-kv.ts').KvNamespace;
    readonly POLICY_WRITER: import('../src/store/durable-object.ts').PolicyObjectNamespace;
    readonly ONCE: import('../src/store/once-durable-object.ts').OnceNamespace;
  };
}

declare module 'cloudflare:test' {
  interface ExecutionContext {
    waitUntil(promise: Promise<unknown>): void;
    passThroughOnException(): void;
  }
  /** Empties every binding: storage is shared by all tests. */
  export function reset(): Promise<void>;
  /** The classes, and what their objects are from outside. */
  type PolicyStub = import('../src/store/durable-object.ts').PolicyObjectStub;
  type PolicyObject = import('../src/store/policy-object.ts').PolicyObject;
  type OnceStub = import('../src/store/once-durable-object.ts').OnceStub;
  type OnceObject = import('../src/store/once-object.ts').OnceObject;
  type State = import('../src/store/object-state.ts').ObjectState & {
    readonly storage: { getAlarm(): Promise<number | null> };
  };
  export function runInDurableObject<T, Stub extends PolicyStub | OnceStub>(
    stub: Stub,
    run: (instance: Stub extends PolicyStub ? PolicyObject : OnceObject, state: State) => T | Promise<T>,
  ): Promise<T>;
  /** Runs the alarm now. Whether one was set. */
  export function runDurableObjectAlarm(stub: PolicyStub | OnceStub): Promise<boolean>;
  /** Ends the object gracefully; what it stored stays. */
  export function evictDurableObject(stub: PolicyStub | OnceStub): Promise<void>;
  export function createExecutionContext(): ExecutionContext;
  export function waitOnExecutionContext(context: ExecutionContext): Promise<void>;
}
