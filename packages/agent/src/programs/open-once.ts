import { setTimeout } from 'node:timers/promises';
import { startEntrance } from '../oauth/browser/entrance.ts';
import { openBrowser } from '../terminal/desktop/browser.ts';
import { Interruption } from '../terminal/interruption.ts';

/** Seconds that a browser has to start and to ask for its page. */
const BROWSER_START_SECONDS = 30;

/** Opens the address of a login without waiting for its end, and keeps the address out of the process list. */
export async function openOnce(url: string): Promise<void> {
  const entrance = await startEntrance(url);
  if (entrance === undefined) return;
  const interruption = new Interruption('Interrupted. Nothing was stored.');
  try {
    if (!(await openBrowser(entrance.address))) return;
    const limit = setTimeout(BROWSER_START_SECONDS * 1000, undefined, {
      ref: false,
      signal: interruption.signal,
    });
    await Promise.race([entrance.visited, limit]);
  } catch (error) {
    throw interruption.signal.aborted ? interruption.signal.reason : error;
  } finally {
    interruption.dispose();
    await entrance.close();
  }
}
