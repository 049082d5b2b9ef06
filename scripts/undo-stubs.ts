import { afterAll, vi } from 'vitest';

// Files of the project `unit` share a process: none leaves timers, an environment or spies to the next one.
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
