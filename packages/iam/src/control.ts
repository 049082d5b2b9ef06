import type { LoggedRequest } from './behaviour/request-log.ts';
import type { BehaviourInput, BehaviourSettings } from './behaviour/rules.ts';
import { approve, deny, lookUpPendingCode } from './endpoints/device-code.ts';
import { ApiError } from './errors.ts';
import type { Iam } from './iam.ts';
import type { RevokedFamily } from './state/state.ts';

/** How tests control and inspect a running IAM. The endpoints below `/dev/` do the same over HTTP. */
export interface Control {
  readonly behaviour: BehaviourSettings;
  /**
   * Changes the behaviour; without an argument, jeton-iam behaves as IAM again.
   * @throws Error that names the invalid member
   */
  behave(settings?: BehaviourInput): void;
  /** The requests since the start or the last `clearRequests`, without those to `/dev/`. */
  readonly requests: readonly LoggedRequest[];
  clearRequests(): void;
  /**
   * Approves or refuses a device code in the name of a user, as the user would on the pages.
   * @throws ApiError 404 if there is no such pending code, 400 if there is no such user
   */
  decide(userCode: string, decision: { readonly user: string; readonly approve: boolean }): void;
  /** The logins that jeton-iam has ended because a client used a replaced refresh token. */
  readonly revokedFamilies: readonly RevokedFamily[];
}

export function createControl(
  iam: Pick<
    Iam,
    'behaviour' | 'clients' | 'deviceCodes' | 'now' | 'requests' | 'revokedFamilies' | 'userCodes' | 'users'
  >,
): Control {
  return {
    get behaviour() {
      return iam.behaviour.settings;
    },
    behave: (settings) => iam.behaviour.set(settings),
    get requests() {
      return iam.requests.all;
    },
    clearRequests: () => iam.requests.clear(),
    decide(userCode, decision) {
      const user = iam.users.byUsername(decision.user);
      if (user === undefined) throw new ApiError(400, `There is no user '${decision.user}'`);
      const found = lookUpPendingCode(iam, userCode);
      if ('problem' in found) throw new ApiError(404, found.problem);
      if (decision.approve) approve(iam, found.code, user.id);
      else deny(iam, found.code);
    },
    get revokedFamilies() {
      return [...iam.revokedFamilies.values()];
    },
  };
}
