/** Logins that the person approves on another device, and that are not over: see RFC 8628, and those at mytoken servers. */
import { type DeviceAuthorization, poll, startDeviceAuthorization } from '../oauth/device.ts';
import { pollMytoken, readProfile, startMytokenLogin } from '../oauth/mytoken.ts';
import { refreshTokens } from '../oauth/refresh.ts';
import type { Tokens } from '../oauth/tokens.ts';
import { type Clocks, systemClocks } from './clocks.ts';
import { RequestFailure } from './failure.ts';
import type { Outcome, Wanted } from './logins.ts';

interface DeviceLogin {
  readonly wanted: Wanted;
  /** Asks once whether the person has approved. */
  readonly poll: () => Promise<Tokens>;
  outcome: Promise<Outcome> | undefined;
}

/** A device authorization as the client may know it. */
type ShownDevice = Omit<DeviceAuthorization, 'verifier'>;

export class DeviceLogins {
  readonly #byDeviceCode = new Map<string, DeviceLogin>();
  readonly #clocks: Clocks;
  readonly #finished: (outcome: Outcome) => Promise<void>;

  /** @param finished told of a login as soon as it is over, before anybody gets what it has brought */
  constructor(finished: (outcome: Outcome) => Promise<void>, clocks: Clocks = systemClocks) {
    this.#finished = finished;
    this.#clocks = clocks;
  }

  /** Whether there are logins that wait for a person, or for the client that has begun them. */
  get areUnderWay(): boolean {
    return this.#byDeviceCode.size > 0;
  }

  /** Begins a device authorization. Throws IssuerError or IssuerUnreachableError. */
  async begin(wanted: Wanted): Promise<DeviceAuthorization> {
    const parameters = await wanted.custom('device-init');
    const device = await startDeviceAuthorization({ ...wanted.request, parameters });
    this.#expectApproval(device, {
      wanted,
      poll: async () =>
        await poll({ ...wanted.request, device, parameters: await wanted.custom('device-polling') }),
    });
    return device;
  }

  /** Begins a login at a mytoken server; to the client it is as a device authorization without a code to type. */
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
        const parameters = await wanted.custom('refresh');
        const tokens = await refreshTokens({ ...request, refreshToken, parameters });
        return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
      },
    });
    return device;
  }

  #expectApproval({ deviceCode, expiresIn }: ShownDevice, login: Pick<DeviceLogin, 'wanted' | 'poll'>): void {
    const code = deviceCode.reveal();
    this.#byDeviceCode.set(code, { ...login, outcome: undefined });
    this.#clocks.after(expiresIn, () => this.#byDeviceCode.delete(code));
  }

  /**
   * Asks once; what it brings is there until it is taken.
   *
   * @param onlyToken whether an access token is all that is wanted
   * @throws IssuerError, of `authorization_pending` and `slow_down` as well, or RequestFailure
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

  /** Whoever takes what a device authorization has brought is the only one. False if somebody has. */
  take(deviceCode: string): boolean {
    return this.#byDeviceCode.delete(deviceCode);
  }
}

/** What a client knows of a device authorization, by the names of RFC 8628. */
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
