/** What a person sees of the device flow: where to go, which code to type, and how long there is time for it. */
import { renderUnicodeCompact } from 'uqr';
import type { DeviceAuthorization } from '../oauth/device.ts';
import { tell } from './output.ts';
import { coloured, style } from './style.ts';

/** Tells address and code; at a terminal also as a QR code, for a phone. */
export function showDeviceCode({
  verificationUri,
  verificationUriComplete,
  userCode,
}: DeviceAuthorization): void {
  tell('\nUsing a browser on any device, visit:');
  tell(verificationUri, 'bold');
  tell(`\nAnd enter the code: ${userCode}`);
  if (!process.stderr.isTTY) return;
  tell('Alternatively you can use the following QR code to visit the above listed URL.\n');
  process.stderr.write(`${qrCode(verificationUriComplete ?? verificationUri)}\n`);
}

/** Light modules are drawn, dark ones left out: right on a dark terminal, and on every one that takes colours. */
function qrCode(text: string): string {
  const lines = renderUnicodeCompact(text, { border: 2 }).split('\n');
  return lines.map((line) => (coloured(process.stderr) ? `\u001b[97;40m${line}\u001b[0m` : line)).join('\n');
}

/** A line that counts down at a terminal, and is gone when it ends. */
export class Countdown {
  readonly #end: number;
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param seconds until the code expires */
  constructor(seconds: number) {
    this.#end = performance.now() + seconds * 1000;
    if (!process.stderr.isTTY) return;
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), 1000);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    process.stderr.write('\r\u001b[K');
  }

  #draw(): void {
    const left = Math.max(0, Math.round((this.#end - performance.now()) / 1000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    process.stderr.write(
      `\r\u001b[K${style('dim', `Waiting for your approval, ${time} left (Ctrl-C gives up)`)}`,
    );
  }
}
