import { egiCheckin } from './issuers/egi-checkin.ts';
import { entra } from './issuers/entra.ts';
import { google } from './issuers/google.ts';
import { keycloak } from './issuers/keycloak.ts';
import type { Likeness } from './issuers/likeness.ts';
import { okta } from './issuers/okta.ts';

const issuers = { keycloak, entra, google, okta, 'egi-checkin': egiCheckin } as const;

/** An issuer that jeton-iam can imitate. */
export type IssuerName = keyof typeof issuers;

export const issuerNames: readonly IssuerName[] = ['keycloak', 'entra', 'google', 'okta', 'egi-checkin'];

/** The options that imitate an issuer. Those in `given` override them. */
export function likenessTo(name: IssuerName, given: Partial<Likeness>): Likeness {
  const { behaviour, scopes = [], lifetimes, profile } = issuers[name];
  const chosen = given.profile ?? profile;
  return {
    ...(chosen && { profile: chosen }),
    scopes: [...scopes, ...(given.scopes ?? [])],
    lifetimes: { ...lifetimes, ...given.lifetimes },
    behaviour: {
      ...behaviour,
      ...given.behaviour,
      rules: [...(given.behaviour?.rules ?? []), ...(behaviour.rules ?? [])],
    },
  };
}
