import type { Iam } from './iam.ts';

/** How long a person's consent is remembered, by the values of IAM's form: seconds, or for ever. */
const LIFETIMES: Readonly<Record<string, number>> = {
  'until-revoked': Number.POSITIVE_INFINITY,
  'one-hour': 3600,
};

/** What a person has agreed to let a client have. */
export interface Consent {
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
}

/** Remembers a consent if the person wants that; `remember` is the value of the form's field. */
export function rememberConsent(iam: Iam, consent: Consent, remember: string | null): void {
  const lifetime = LIFETIMES[remember ?? ''];
  if (lifetime !== undefined) iam.state.consents.set(keyOf(consent), consent, lifetime);
}

/** Whether the person agreed before to all that a client asks for now. */
export function isConsentRemembered(iam: Iam, asked: Consent): boolean {
  const granted = iam.state.consents.get(keyOf(asked))?.scopes;
  return granted !== undefined && asked.scopes.every((scope) => iam.scopes.covers(granted, scope));
}

function keyOf({ userId, clientId }: Consent): string {
  return `${userId} ${clientId}`;
}
