/** The end of the agent, which comes whatever else does not. */
import { setTimeout } from 'node:timers/promises';
import { allAnswered } from './answers-under-way.ts';

/** Milliseconds for everything that has begun. */
const patience = 3000;
/** Milliseconds to save a refresh token that came at the last moment. */
const patienceForSaving = 1000;

/**
 * Waits until everything that had begun is over, 3 s at most: files may be on a server that does not answer. Only what an
 * issuer owes is waited for until its own deadline, which is 30 s: a request with a refresh token was sent, and what is in the
 * answer is nowhere else.
 */
export async function inOrder(over: Promise<unknown>): Promise<void> {
  const isOver = over.catch(() => undefined);
  await Promise.race([isOver, setTimeout(patience)]);
  await Promise.race([isOver, allAnswered().then(() => setTimeout(patienceForSaving))]);
}

/**
 * Ends this process, with exit code 0 if nothing hangs. `process.exit` waits for the threads that ask the disk and the name
 * service: where one of them hangs, only the system can end the process.
 */
export function endProcess(): never {
  const hangs = process
    .getActiveResourcesInfo()
    .some((resource) => /^(FS|GetAddrInfo|GetNameInfo)Req/.test(resource));
  if (hangs) process.kill(process.pid, 'SIGKILL');
  process.exit(0);
}
