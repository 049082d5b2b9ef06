/**
 * The parts of the agent that stay on the disk until they are needed, as an agent that holds nothing is to be small. From the first
 * account on they are in memory: an upgrade may replace the installed folder, and what the agent holds must not end with that.
 */
import { setImmediate } from 'node:timers/promises';
import { prepareToSend } from '../oauth/http.ts';
import { sodium } from '../vault/sodium.ts';

const parts: readonly (() => unknown)[] = [
  // Whoever loads an account wants tokens.
  prepareToSend,
  sodium,
  () => import('@jeton/protocol/encryption'),
  () => import('./log.ts'),
  () => import('./login-requests.ts'),
  () => import('./client-requests.ts'),
  () => import('./mytoken-requests.ts'),
];

let loading: Promise<void> | undefined;

/** Loads them, one a turn of the event loop, so that no client waits for more than one. Never rejects. */
export function loadInAdvance(): Promise<void> {
  loading ??= loadAll();
  return loading;
}

async function loadAll(): Promise<void> {
  for (const load of parts) {
    try {
      await load();
    } catch {
      // Who needs it is told: see `failureOf`.
    }
    await setImmediate();
  }
}
