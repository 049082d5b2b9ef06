/**
 * Loads the rest of the agent's code with its first account, so that an agent without accounts is small. An agent with
 * accounts loads the code before it needs it: an upgrade may replace the installed folder, and must not cost a login.
 */
import { setImmediate } from 'node:timers/promises';
import { sodium } from '../../accounts/format/sodium.ts';
import { prepareToSend } from '../../oauth/http/http.ts';

const parts: readonly (() => unknown)[] = [
  prepareToSend,
  sodium,
  () => import('@jeton/protocol/encryption'),
  () => import('../log.ts'),
  () => import('./request-log.ts'),
  () => import('./for-c-clients/login-requests.ts'),
  () => import('./for-c-clients/client-requests.ts'),
  () => import('./for-c-clients/mytoken-requests.ts'),
];

let loading: Promise<void> | undefined;

/** Loads one part in each turn of the event loop, so that no client waits for more than one. Never rejects. */
export function loadInAdvance(): Promise<void> {
  loading ??= loadAll();
  return loading;
}

async function loadAll(): Promise<void> {
  for (const load of parts) {
    try {
      await load();
    } catch {
      // The client whose request needs the part gets the error: see `failureOf`.
    }
    await setImmediate();
  }
}
