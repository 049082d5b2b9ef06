/** Shows the device flow to the user: the address, the code to type, and the remaining time. */
import type { WriteStream } from 'node:tty';
import { renderUnicodeCompact } from 'uqr';
import { harmless } from '../harmless.ts';
import type { DeviceAuthorization } from '../oauth/grants/device.ts';
import { takeLastLine } from './progress.ts';
import { screens } from './screens.ts';
import { hyperlink } from './sequences.ts';
import { coloured, style } from './style.ts';

/** The address that the user opens, and the code to type there, if any. */
export type DevicePlace = Pick<DeviceAuthorization, 'verificationUri' | 'verificationUriComplete'> & {
  readonly userCode: string | undefined;
};

/** Prints address and code; at a terminal also as a QR code, for a phone. */
export function showDeviceCode(device: DevicePlace): void {
  for (const screen of screens()) screen.write(instructions(device, screen));
}

function instructions(
  { verificationUri, verificationUriComplete, userCode }: DevicePlace,
  screen: WriteStream,
): string {
  const address = style('bold', harmless(verificationUri), screen);
  const code = userCode === undefined ? '' : `\nAnd enter the code: ${harmless(userCode)}\n`;
  const text = `\nUsing a browser on any device, visit:\n${address}\n${code}`;
  if (!screen.isTTY) return text;
  const complete =
    verificationUriComplete === undefined
      ? ''
      : `Or visit the address that has the code in it:\n${hyperlink(verificationUriComplete, screen)}\n\n`;
  const qr = qrCode(verificationUriComplete ?? verificationUri, screen);
  return `${text}${complete && '\n'}${complete}Alternatively you can use the following QR code to visit the above listed URL.\n\n${qr}\n`;
}

/** Light modules are drawn, dark ones left out: right on a dark terminal, and on every one that takes colours. */
function qrCode(text: string, screen: WriteStream): string {
  const lines = renderUnicodeCompact(text, { border: 2 }).split('\n');
  return lines.map((line) => (coloured(screen) ? `\u001b[97;40m${line}\u001b[0m` : line)).join('\n');
}

/** A line that counts down at a terminal, and is gone when it ends. */
export class Countdown {
  readonly #end: number;
  readonly #screen: WriteStream | undefined = screens().find(({ isTTY }) => isTTY);
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #giveBackLine = takeLastLine();

  /** @param seconds until the code expires */
  constructor(seconds: number) {
    this.#end = performance.now() + seconds * 1000;
    if (this.#screen === undefined) return;
    this.#draw(this.#screen);
    this.#timer = setInterval((screen: WriteStream) => this.#draw(screen), 1000, this.#screen);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#giveBackLine();
    this.#screen?.write('\r\u001b[K');
  }

  #draw(screen: WriteStream): void {
    const left = Math.max(0, Math.round((this.#end - performance.now()) / 1000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    const line = style('dim', `Waiting for your approval, ${time} left (Ctrl-C gives up)`, screen);
    screen.write(`\r\u001b[K${line}`);
  }
}
