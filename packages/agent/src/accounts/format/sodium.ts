type Sodium = typeof import('sodium-native');

let loaded: Sodium | undefined;

/**
 * libsodium, loaded when first needed because it costs tens of milliseconds. It is required, not imported: a key must be
 * importable (and wipeable) without waiting. The built programs are CommonJS and have `require`; tests run as ESM.
 */
export function sodium(): Sodium {
  loaded ??= load();
  return loaded;
}

function load(): Sodium {
  if (typeof require === 'function') return require('sodium-native');
  return process.getBuiltinModule('node:module').createRequire(import.meta.filename)('sodium-native');
}
