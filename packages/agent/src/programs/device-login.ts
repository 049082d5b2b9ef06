import { pollForTokens, startDeviceAuthorization } from '../oauth/grants/device.ts';
import type { TokenRequest } from '../oauth/grants/token-request.ts';
import type { Tokens } from '../oauth/grants/tokens.ts';
import type { Secret } from '../secret.ts';
import { Interruption } from '../terminal/interruption.ts';
import { type ApprovalOptions, showApproval } from './approval.ts';

/**
 * Has the user log in with a browser (RFC 8628), and waits for it. Ctrl-C and the signals that end a program end it.
 * @throws IssuerError, IssuerUnreachableError or Interrupted
 */
export async function deviceLogin(
  request: TokenRequest &
    ApprovalOptions & {
      scope: string;
      /** Further parameters for this issuer, for each of the two requests. */
      custom?: { start: Record<string, Secret>; poll: Record<string, Secret> };
      /** Called when the issuer has agreed to the login, before the user is asked for it. */
      onAccepted?: () => void;
    },
): Promise<Tokens> {
  const { custom, onAccepted } = request;
  const interruption = new Interruption('Interrupted. Nothing was approved, and nothing was stored.');
  const { signal } = interruption;
  let stopShowing: (() => void) | undefined;
  try {
    const device = await startDeviceAuthorization({ ...request, customParameters: custom?.start, signal });
    onAccepted?.();
    stopShowing = showApproval(device, request);
    return await pollForTokens({ ...request, customParameters: custom?.poll, device, signal });
  } finally {
    stopShowing?.();
    interruption.dispose();
  }
}
