import type { Iam } from '../iam.ts';
import type { Consent } from '../state/state.ts';

/** For how many seconds jeton-iam remembers consent, by the values of IAM's form. */
const LIFETIMES: Readonly<Record<string, number>> = {
  'until-revoked': Number.POSITIVE_INFINITY,
  'one-hour': 3600,
};

/** Remembers a consent if the user chose so; `remember` is the value of the form's field. */
export function rememberConsent(iam: Pick<Iam, 'consents'>, consent: Consent, remember: string | null): void {
  const lifetime = LIFETIMES[remember ?? ''];
  if (lifetime !== undefined) iam.consents.set(keyOf(consent), consent, lifetime);
}

/** Whether a remembered consent covers everything that the client requests. */
export function isConsentRemembered(iam: Pick<Iam, 'consents' | 'scopes'>, asked: Consent): boolean {
  const granted = iam.consents.get(keyOf(asked))?.scopes;
  return granted !== undefined && asked.scopes.every((scope) => iam.scopes.covers(granted, scope));
}

export function rememberedConsents(iam: Pick<Iam, 'consents'>, userId: string): Consent[] {
  return [...iam.consents.values()].filter((consent) => consent.userId === userId);
}

/** Asks the user again from now on. Tokens that the client already has still work. */
export function revokeConsent(
  iam: Pick<Iam, 'consents'>,
  consent: Pick<Consent, 'userId' | 'clientId'>,
): void {
  iam.consents.delete(keyOf(consent));
}

function keyOf({ userId, clientId }: Pick<Consent, 'userId' | 'clientId'>): string {
  return `${userId} ${clientId}`;
}
