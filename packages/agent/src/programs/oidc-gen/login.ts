import type { ClientCredentials } from '../../oauth/client-authentication.ts';
import { pollForTokens, startDeviceAuthorization } from '../../oauth/device.ts';
import type { IssuerMetadata } from '../../oauth/discovery.ts';
import { IssuerError } from '../../oauth/errors.ts';
import type { Tokens } from '../../oauth/tokens.ts';
import type { Secret } from '../../secret.ts';
import { Countdown, showDeviceCode } from '../../terminal/device.ts';
import { Interrupted } from '../../terminal/run.ts';

export interface LoginRequest {
  readonly metadata: IssuerMetadata;
  readonly client: ClientCredentials;
  readonly scope: string;
  readonly audience?: string | undefined;
  readonly certPath?: string | undefined;
}

/**
 * Has the person log in with a browser (RFC 8628), and waits for it. Ctrl-C ends it.
 *
 * Throws IssuerError, IssuerUnreachableError or Interrupted.
 */
export async function logIn(request: LoginRequest): Promise<Tokens & { refreshToken: Secret }> {
  const device = await startDeviceAuthorization(request);
  const interruption = new AbortController();
  const interrupt = () =>
    interruption.abort(new Interrupted('Interrupted. Nothing was approved, nothing is stored.'));
  process.once('SIGINT', interrupt);
  showDeviceCode(device);
  const countdown = new Countdown(device.expiresIn);
  try {
    const tokens = await pollForTokens({ ...request, device, signal: interruption.signal });
    const { refreshToken } = tokens;
    if (refreshToken !== undefined) return { ...tokens, refreshToken };
    throw new IssuerError('OIDP response does not contain a refresh token', {
      issuer: request.metadata.issuer,
      kind: 'malformed',
      hints: ['the issuer must allow this client the scope offline_access and the grant refresh_token'],
    });
  } finally {
    countdown.stop();
    process.off('SIGINT', interrupt);
  }
}
