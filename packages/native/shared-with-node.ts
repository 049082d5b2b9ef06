/**
 * What the compiled programs share with the Node programs. `npm run build:native` writes these values as AssemblyScript, for
 * assembly/generated.ts (scripts/native-constants.js says how), so that each of them is written down once, where the Node
 * programs have it.
 */
export { frameKinds as Frame } from '../agent/src/daemon/process/frames.ts';
