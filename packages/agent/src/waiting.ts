/** For what a program waits: the one that waits says so here, and a program at a terminal shows it (terminal/progress.ts). */

/** Called when the wait begins, with what it is for; returns the function to call when it ends. */
export type ShowWaiting = (what: string) => () => void;

let show: ShowWaiting = () => () => undefined;

/** From now on shows each wait. */
export function showWaiting(how: ShowWaiting): void {
  show = how;
}

/**
 * Waits for work.
 * @param what such as the name of a host
 * @throws the errors of the work
 */
export async function waitingFor<Result>(what: string, work: Promise<Result>): Promise<Result> {
  const end = show(what);
  try {
    return await work;
  } finally {
    end();
  }
}
