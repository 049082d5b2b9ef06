/** Ends the agent, also when a disk, an issuer or a name server does not answer. */
import { setTimeout } from 'node:timers/promises';
import { allAnswered } from '../grant/answers-under-way.ts';

/** Milliseconds for everything that has begun. */
const patience = 3000;
/** Milliseconds to save a refresh token that came at the last moment. */
const patienceForSaving = 1000;

/**
 * Waits until everything that has begun is over, for 3 s at most, as files may be on a server that does not answer. Only the
 * answer to a request with a refresh token gets more time, the 30 s of that request: it may hold a new refresh token, which
 * exists nowhere else.
 */
export async function inOrder(over: Promise<unknown>): Promise<void> {
  const isOver = over.catch(() => undefined);
  await Promise.race([isOver, setTimeout(patience)]);
  await Promise.race([isOver, allAnswered().then(() => setTimeout(patienceForSaving))]);
}

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
