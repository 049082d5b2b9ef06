/** The time between the device code and the user's approval. */
import { hasBrowser } from '../terminal/desktop/desktop.ts';
import { Countdown, type DevicePlace, showDeviceCode } from '../terminal/device.ts';
import { onEnter } from '../terminal/enter-key.ts';
import { screens } from '../terminal/screens.ts';
import { copySequence } from '../terminal/sequences.ts';
import { openOnce } from './open-once.ts';

export interface ApprovalOptions {
  /** Whether Enter may open the browser; true. */
  readonly mayOpenBrowser?: boolean | undefined;
}

/**
 * Shows where to approve, and the time that is left. On Enter copies the code and opens the browser, as far as there is a terminal that can
 * and a browser; never without it.
 *
 * @param device.expiresIn seconds
 * @returns ends it
 */
export function showApproval(
  device: DevicePlace & { readonly expiresIn: number },
  { mayOpenBrowser = true }: ApprovalOptions = {},
): () => void {
  showDeviceCode(device);
  const stopKeys = helpOnEnter(device, mayOpenBrowser && hasBrowser());
  const countdown = new Countdown(device.expiresIn);
  return () => {
    stopKeys?.();
    countdown.stop();
  };
}

function helpOnEnter(device: DevicePlace, opensBrowser: boolean): (() => void) | undefined {
  const screen = screens().find(({ isTTY }) => isTTY);
  if (screen === undefined) return undefined;
  const copy = device.userCode === undefined ? undefined : copySequence(device.userCode, screen);
  const helps = [
    ...(copy === undefined ? [] : ['copy the code']),
    ...(opensBrowser ? ['open the browser'] : []),
  ];
  if (helps.length === 0) return undefined;
  const stop = onEnter(() => {
    if (copy !== undefined) screen.write(copy);
    if (opensBrowser)
      openOnce(device.verificationUriComplete ?? device.verificationUri).catch(() => undefined);
  });
  if (stop !== undefined) screen.write(`Press Enter to ${helps.join(' and ')}.\n`);
  return stop;
}
