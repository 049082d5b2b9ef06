import { pollForTokens, startDeviceAuthorization } from '../oauth/device.ts';
import type { TokenRequest } from '../oauth/token-request.ts';
import type { Tokens } from '../oauth/tokens.ts';
import { Countdown, showDeviceCode } from '../terminal/device.ts';
import { Interrupted } from '../terminal/run.ts';

/**
 * Has the person log in with a browser (RFC 8628), and waits for it. Ctrl-C ends it.
 *
 * Throws IssuerError, IssuerUnreachableError or Interrupted.
 */
export async function deviceLogin(request: TokenRequest & { scope: string }): Promise<Tokens> {
  const device = await startDeviceAuthorization(request);
  const interruption = new AbortController();
  const interrupt = () =>
    interruption.abort(new Interrupted('Interrupted. Nothing was approved, nothing is stored.'));
  process.once('SIGINT', interrupt);
  showDeviceCode(device);
  const countdown = new Countdown(device.expiresIn);
  try {
    return await pollForTokens({ ...request, device, signal: interruption.signal });
  } finally {
    countdown.stop();
    process.off('SIGINT', interrupt);
  }
}
