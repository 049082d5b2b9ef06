import { createRequire } from 'node:module';

type Sodium = typeof import('sodium-native');

const require = createRequire(import.meta.filename);
let loaded: Sodium | undefined;

/**
 * libsodium, loaded when first needed because it costs tens of milliseconds. It is required, not imported: it is
 * CommonJS with its own native file, and a key must be importable (and wipeable) without waiting.
 */
export function sodium(): Sodium {
  loaded ??= require('sodium-native') as Sodium;
  return loaded;
}
