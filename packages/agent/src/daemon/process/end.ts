import { setTimeout } from 'node:timers/promises';

/** Milliseconds for requests to the disk and the name service that no work waits for any more, and between two looks. */
const patienceForThreads = { most: 400, pause: 10 };

/**
 * Ends this process, with exit code 0 if nothing hangs. `process.exit` waits for the threads that ask the disk and the name
 * service: where one of them still hangs after a moment, only the system can end the process.
 */
export async function endProcess(): Promise<never> {
  const end = performance.now() + patienceForThreads.most;
  while (threadsAreBusy()) {
    if (performance.now() > end) process.kill(process.pid, 'SIGKILL');
    await setTimeout(patienceForThreads.pause);
  }
  process.exit(0);
}

function threadsAreBusy(): boolean {
  return process
    .getActiveResourcesInfo()
    .some((resource) => /^(FS|GetAddrInfo|GetNameInfo)Req/.test(resource));
}
