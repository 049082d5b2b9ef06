import {
  calculatePKCECodeChallenge,
  deviceAuthorizationRequest,
  generateRandomCodeVerifier,
} from 'oauth4webapi';
import * as v from 'valibot';
import { type Clock, systemClock } from '../../concurrency/clock.ts';
import { revealed, Secret } from '../../secret.ts';
import { clientAuthentication } from '../client/client-authentication.ts';
import { Printable, readAnswer } from '../http/answers.ts';
import type { Call } from '../http/call.ts';
import { IssuerError, type IssuerErrorKind, IssuerUnreachableError } from '../http/errors.ts';
import { transport } from '../http/http.ts';
import { checkAnswer } from '../http/refusals.ts';
import type { IssuerMetadata } from '../issuer/discovery.ts';
import { secureUrl } from '../issuer/issuer-url.ts';
import { grantTypeOf } from './flow.ts';
import { requestTokens, type TokenRequest } from './token-request.ts';
import type { Tokens } from './tokens.ts';

/** A device authorization in progress (RFC 8628 3.2). */
export interface DeviceAuthorization {
  deviceCode: Secret;
  /** Proves to the token endpoint that this client started the login (RFC 7636). */
  verifier: Secret;
  /** The code for the user to type, safe to print. */
  userCode: string;
  /** The page on which the user types it, an https URL. */
  verificationUri: string;
  /** The same page with the code in its URL, for a QR code. */
  verificationUriComplete: string | undefined;
  /** Seconds. */
  expiresIn: number;
  /** Seconds between two polls. */
  interval: number;
}

/** An address for the user to open. */
export const addressAt = ({ insecureHttp }: IssuerMetadata) =>
  v.pipe(
    Printable,
    v.check((url) => secureUrl(url, insecureHttp) !== undefined, 'must be an https URL'),
  );
/** A duration, possibly as text. A missing or invalid one becomes `absent`. */
export const seconds = (absent: number, most: number) =>
  v.fallback(
    v.pipe(
      v.optional(v.union([v.number(), v.string()]), absent),
      v.transform(Number),
      v.minValue(1),
      v.transform((value) => Math.min(value, most)),
    ),
    absent,
  );

const deviceAnswer = (metadata: IssuerMetadata) => {
  const Address = addressAt(metadata);
  return v.object({
    device_code: v.pipe(v.string(), v.nonEmpty()),
    user_code: Printable,
    verification_uri: v.optional(Address),
    verification_uri_complete: v.fallback(v.optional(Address), undefined),
    /** Google's older name. */
    verification_url: v.optional(Address),
    // INDIGO IAM may leave out both. The caps keep a timer's value in its range.
    expires_in: seconds(600, 24 * 3600),
    interval: seconds(5, 24 * 3600),
  });
};

/**
 * Starts a device authorization (RFC 8628 3.1): the user will approve on another screen. Sends PKCE (RFC 7636), which
 * some issuers require of a client for every grant; others ignore unknown parameters (RFC 6749 3.1).
 * @param request.scope space separated
 * @throws IssuerError, of kind `unsupported` if the issuer has no device flow, or IssuerUnreachableError
 */
export async function startDeviceAuthorization(
  request: TokenRequest & { scope: string },
): Promise<DeviceAuthorization> {
  const { metadata, client, scope, customParameters = {} } = request;
  const { issuer } = metadata;
  if (metadata.device_authorization_endpoint === undefined) {
    throw new IssuerError('Device Flow not Supported by OpenID Provider', { issuer, kind: 'unsupported' });
  }
  const verifier = new Secret(generateRandomCodeVerifier());
  const challenge = {
    code_challenge_method: 'S256',
    code_challenge: await calculatePKCECodeChallenge(verifier.reveal()),
  };
  const response = await deviceAuthorizationRequest(
    metadata,
    { client_id: client.clientId },
    clientAuthentication(client),
    { scope, ...challenge, ...revealed(customParameters) },
    transport(request),
  );
  await checkAnswer(response, { issuer, secrets: [client.clientSecret, ...Object.values(customParameters)] });
  const answer = await readAnswer(response, deviceAnswer(metadata), issuer);
  const verificationUri = answer.verification_uri ?? answer.verification_url;
  if (verificationUri === undefined) {
    throw new IssuerError("Provider answered with unexpected response, 'verification_uri' is missing", {
      issuer,
      kind: 'malformed',
    });
  }
  return {
    deviceCode: new Secret(answer.device_code),
    verifier,
    userCode: answer.user_code,
    verificationUri,
    verificationUriComplete: answer.verification_uri_complete,
    expiresIn: answer.expires_in,
    interval: answer.interval,
  };
}

/** Maximum seconds that the client waits at the request of an issuer: the user may approve in the meantime. */
const MAX_RETRY_AFTER_SECONDS = 300;

/** How long to wait for the user, and how often to poll. */
export interface Polling extends Pick<Call, 'issuer' | 'signal'> {
  device: Pick<DeviceAuthorization, 'expiresIn' | 'interval'>;
  /** Called before each wait, with the seconds until the code expires. */
  onWait?: ((secondsLeft: number) => void) | undefined;
  clock?: Pick<Clock, 'steady' | 'sleep'> | undefined;
}

export interface PollRequest extends TokenRequest, Omit<Polling, 'issuer'> {
  device: DeviceAuthorization;
}

/**
 * Waits until the user has approved, and returns the tokens (RFC 8628 3.4 and 3.5). Ends as `pollUntilApproved` does.
 * @throws as `pollUntilApproved`
 */
export async function pollForTokens(request: PollRequest): Promise<Tokens> {
  return await pollUntilApproved({ ...request, issuer: request.metadata.issuer }, () => poll(request));
}

/**
 * Polls the token endpoint until the user has approved (RFC 8628 3.5).
 *
 * - `authorization_pending`: polls again after the interval.
 * - `slow_down`: increases the interval by 5 seconds, permanently.
 * - no answer, or a server error: doubles the wait each time, up to a minute, until the issuer answers again.
 * - `Retry-After`: waits as long as the issuer says, up to five minutes.
 * - any other error ends the login: `IssuerError` of kind `denied`, `expired` or as the issuer says.
 *
 * Ends when the code expires, and with the signal's reason on abort.
 *
 * @throws IssuerError if the issuer ends the login or the code expires, the signal's reason, or any other error of `ask`
 */
export async function pollUntilApproved<Result>(
  { issuer, device, onWait, signal, clock = systemClock }: Polling,
  ask: () => Promise<Result>,
): Promise<Result> {
  const end = clock.steady() + device.expiresIn;
  let interval = device.interval;
  let wait = interval;
  for (;;) {
    const left = end - clock.steady();
    onWait?.(Math.max(0, Math.ceil(left)));
    await clock.sleep(Math.max(0, Math.min(wait, left)), signal);
    signal?.throwIfAborted();
    if (clock.steady() >= end) throw advised(expired(issuer));
    try {
      return await ask();
    } catch (error) {
      switch (pollOutcome(error)) {
        case 'pending':
          wait = interval;
          break;
        case 'slow_down':
          interval += 5;
          wait = interval;
          break;
        case 'unavailable':
          wait = Math.max(interval, Math.min(wait * 2, 60));
          break;
        case 'over':
          throw advised(error);
      }
      if (error instanceof IssuerError)
        wait = Math.max(wait, Math.min(error.retryAfter ?? 0, MAX_RETRY_AFTER_SECONDS));
    }
  }
}

function pollOutcome(error: unknown): 'pending' | 'slow_down' | 'unavailable' | 'over' {
  if (error instanceof IssuerUnreachableError) return 'unavailable';
  if (!(error instanceof IssuerError)) return 'over';
  if (error.error === 'authorization_pending') return 'pending';
  if (error.error === 'slow_down') return 'slow_down';
  return error.kind === 'unavailable' ? 'unavailable' : 'over';
}

/**
 * Polls once (RFC 8628 3.4); see `pollForTokens`.
 * @throws `IssuerError` with `authorization_pending` and the like
 */
export async function poll(request: PollRequest): Promise<Tokens> {
  const { deviceCode, verifier } = request.device;
  // The scope was a parameter of the device authorization (RFC 8628 3.1); INDIGO IAM accepts the audience here.
  const tokenRequest = { ...request, scope: undefined };
  return await requestTokens(tokenRequest, grantTypeOf('device'), {
    device_code: deviceCode,
    code_verifier: verifier,
  });
}

const ADVICE: Partial<Record<IssuerErrorKind, string>> = {
  denied: 'the login was denied on the pages of the issuer; to try again, run the command again',
  expired: 'run the command again to get a new code',
};

/** The error of a failed login, with hints for the user. */
function advised(error: unknown): unknown {
  const hint = error instanceof IssuerError ? ADVICE[error.kind] : undefined;
  if (!(error instanceof IssuerError) || hint === undefined) return error;
  return error.with({ hints: [...error.hints, hint] });
}

function expired(issuer: string): IssuerError {
  return new IssuerError('Device code is not valid any more!', { issuer, kind: 'expired' });
}
