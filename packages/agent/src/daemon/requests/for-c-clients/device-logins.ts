/** Logins in progress that the user approves on another device: by RFC 8628, or at a mytoken server. */

import { type Clock, systemClock } from '../../../concurrency/clock.ts';
import { withUsedRefreshToken } from '../../../login/granted-account.ts';
import { type DeviceAuthorization, poll, startDeviceAuthorization } from '../../../oauth/grants/device.ts';
import { refreshTokens } from '../../../oauth/grants/refresh.ts';
import type { Tokens } from '../../../oauth/grants/tokens.ts';
import { pollMytoken, startMytokenLogin } from '../../../oauth/mytoken/mytoken.ts';
import { readProfile } from '../../../oauth/mytoken/profile.ts';
import { RequestFailure } from '../../failure.ts';
import type { Outcome, Wanted } from './logins.ts';

interface DeviceLogin {
  readonly wanted: Wanted;
  /** Asks the issuer once whether the user has approved. */
  readonly poll: () => Promise<Tokens>;
  outcome: Promise<Outcome> | undefined;
}

/** A device authorization as the client may know it. */
type ShownDevice = Omit<DeviceAuthorization, 'verifier'>;

export class DeviceLogins {
  readonly #byDeviceCode = new Map<string, DeviceLogin>();
  readonly #clock: Clock;
  readonly #finished: (outcome: Outcome) => Promise<void>;

  /** @param finished called as soon as a login is over, before any client gets its tokens */
  constructor(finished: (outcome: Outcome) => Promise<void>, clock: Clock = systemClock) {
    this.#finished = finished;
    this.#clock = clock;
  }

  /** Whether a login waits for the user, or its tokens for the client that started it. */
  get areUnderWay(): boolean {
    return this.#byDeviceCode.size > 0;
  }

  /**
   * Begins a device authorization.
   * @throws IssuerError or IssuerUnreachableError
   */
  async begin(wanted: Wanted): Promise<DeviceAuthorization> {
    const customParameters = await wanted.request.customParametersFor('device-init');
    const device = await startDeviceAuthorization({ ...wanted.request, customParameters });
    this.#expectApproval(device, {
      wanted,
      poll: async () =>
        await poll({
          ...wanted.request,
          device,
          customParameters: await wanted.request.customParametersFor('device-polling'),
        }),
    });
    return device;
  }

  /**
   * Begins a login at a mytoken server. The client sees a device authorization without a user code.
   * @throws RequestFailure for a malformed profile, IssuerError or IssuerUnreachableError
   */
  async beginMytoken(wanted: Wanted): Promise<ShownDevice> {
    const { account, request } = wanted;
    const profile = readProfile(account.mytoken_profile ?? {});
    if (profile === undefined) throw new RequestFailure('Could not parse mytoken profile');
    const clientName = account.client_name ?? account.name;
    const call = { ...request, oidcIssuer: account.issuer_url };
    const device = { ...(await startMytokenLogin({ ...call, profile, clientName })), userCode: '' };
    this.#expectApproval(device, {
      wanted,
      poll: async () => {
        const refreshToken = await pollMytoken({ ...call, device });
        const customParameters = await wanted.request.customParametersFor('refresh');
        const tokens = await refreshTokens({ ...request, refreshToken, customParameters });
        return withUsedRefreshToken(tokens, refreshToken);
      },
    });
    return device;
  }

  #expectApproval({ deviceCode, expiresIn }: ShownDevice, login: Pick<DeviceLogin, 'wanted' | 'poll'>): void {
    const code = deviceCode.reveal();
    this.#byDeviceCode.set(code, { ...login, outcome: undefined });
    this.#clock.after(expiresIn, () => this.#byDeviceCode.delete(code));
  }

  /**
   * Asks the issuer once. The outcome stays here until a client takes it.
   *
   * @param onlyToken whether the client wants nothing but an access token
   * @throws IssuerError, also for `authorization_pending` and `slow_down`, or RequestFailure
   */
  async poll(deviceCode: string, onlyToken: boolean): Promise<Outcome> {
    const login = this.#byDeviceCode.get(deviceCode);
    if (login === undefined) throw new RequestFailure('wrong device code');
    const outcome = login.outcome ?? this.#approved(login, onlyToken);
    login.outcome = outcome;
    try {
      return await outcome;
    } catch (error) {
      login.outcome = undefined;
      throw error;
    }
  }

  async #approved({ wanted, poll }: DeviceLogin, onlyToken: boolean): Promise<Outcome> {
    const outcome = { wanted: { ...wanted, onlyToken }, tokens: await poll() };
    await this.#finished(outcome);
    return outcome;
  }

  /** Takes the outcome of a device authorization, for one client. False if another client has taken it. */
  take(deviceCode: string): boolean {
    return this.#byDeviceCode.delete(deviceCode);
  }
}

/** A device authorization for the client, with the member names of RFC 8628. */
export function deviceMembers(device: ShownDevice): Record<string, string | number | undefined> {
  return {
    device_code: device.deviceCode.reveal(),
    user_code: device.userCode,
    verification_uri: device.verificationUri,
    verification_uri_complete: device.verificationUriComplete,
    expires_in: device.expiresIn,
    interval: device.interval,
  };
}
