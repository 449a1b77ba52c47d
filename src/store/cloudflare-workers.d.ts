/**
 * The little that is used of `cloudflare:workers`. The real types come with `@cloudflare/workers-types`, whose globals
 * would replace those of every other runtime.
 */
declare module 'cloudflare:workers' {
  /** Its public methods can be called from elsewhere, those of Object and `alarm` apart. */
  export abstract class DurableObject<Env> {
    protected readonly ctx: import('./object-state.ts').ObjectState;
    protected readonly env: Env;
    constructor(ctx: import('./object-state.ts').ObjectState, env: Env);
  }
}
