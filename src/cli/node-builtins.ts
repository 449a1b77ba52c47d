/**
 * Modules of Node without their ES module face: `import` of `node:fs` calls its getters, which load the streams, and
 * that takes as long as signing a token.
 *
 * @module
 */
export const fs: typeof import('node:fs') = process.getBuiltinModule('node:fs');
export const os: typeof import('node:os') = process.getBuiltinModule('node:os');
export const path: typeof import('node:path') = process.getBuiltinModule('node:path');
