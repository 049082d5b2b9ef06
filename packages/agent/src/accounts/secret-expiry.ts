import type { Account } from './account.ts';

/**
 * When the secret of an account's client ends, in seconds since the epoch (RFC 7591 3.2.1, `client_secret_expires_at`).
 * Undefined when it does not, or when the issuer has not said.
 */
export function clientSecretExpiry({ others }: Pick<Account, 'others'>): number | undefined {
  const seconds = Number(others?.client_secret_expires_at ?? 0);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}
