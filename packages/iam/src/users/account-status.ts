import { OAuthError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import type { User } from './users.ts';

/** Whether the user has to sign the acceptable use policy (AUP) before anything else. */
export function hasToSign(iam: Pick<Iam, 'aupSignatures'>, user: User): boolean {
  return user.aupUnsigned === true && iam.aupSignatures.get(user.id) === undefined;
}

/**
 * Refuses tokens to users whose account is disabled or who have not signed the AUP.
 * @throws OAuthError 401 `unauthorized` and 400 `invalid_grant`
 */
export function requireGoodStanding(iam: Pick<Iam, 'aupSignatures'>, user: User): void {
  if (user.disabled === true)
    throw new OAuthError(401, 'unauthorized', `User ${user.username} is not active.`);
  if (hasToSign(iam, user)) {
    const text = `User ${user.username} needs to sign AUP for this organization in order to proceed.`;
    throw new OAuthError(400, 'invalid_grant', text);
  }
}
