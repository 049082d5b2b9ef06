import { setTimeout } from 'node:timers/promises';

/** Milliseconds to let abandoned calls to the disk and the name service finish. */
const THREADS_DEADLINE_MS = 400;
const CHECK_INTERVAL_MS = 10;

/**
 * Ends this process, with exit code 0 if nothing hangs. `process.exit` waits for the threads that call the disk and the
 * name service. If one of them still hangs after a short wait, only the system can end the process.
 */
export async function endProcess(): Promise<never> {
  const end = performance.now() + THREADS_DEADLINE_MS;
  while (threadsAreBusy() && performance.now() <= end) await setTimeout(CHECK_INTERVAL_MS);
  return endProcessNow();
}

/** Ends this process now, with exit code 0 if no thread is busy, by the system otherwise. */
export function endProcessNow(): never {
  if (threadsAreBusy()) process.kill(process.pid, 'SIGKILL');
  process.exit(0);
}

function threadsAreBusy(): boolean {
  return process
    .getActiveResourcesInfo()
    .some((resource) => /^(FS|GetAddrInfo|GetNameInfo)Req/.test(resource));
}
