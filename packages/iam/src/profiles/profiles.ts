import { type Client, scopesOf } from '../clients/clients.ts';
import { aarcProfile } from './aarc.ts';
import { iamProfile } from './iam.ts';
import { kcProfile } from './kc.ts';
import type { TokenProfile } from './profile.ts';
import { wlcgProfile } from './wlcg.ts';

export const profileNames = ['iam', 'wlcg', 'aarc', 'kc'] as const;

/** The name of a token profile, which is also the scope that gives it to a client. */
export type ProfileName = (typeof profileNames)[number];

const profiles: Readonly<Record<ProfileName, TokenProfile>> = {
  iam: iamProfile,
  wlcg: wlcgProfile,
  aarc: aarcProfile,
  kc: kcProfile,
};

/**
 * The profile of a client's tokens: the one whose name is among the registered scopes of the client, requested or not. If none or
 * several are, the default.
 */
export function profileOf(
  { defaultProfile }: { readonly defaultProfile: ProfileName },
  client: Client | undefined,
): TokenProfile {
  const scopes = client === undefined ? [] : scopesOf(client);
  const [named, ...others] = profileNames.filter((name) => scopes.includes(name));
  return profiles[named === undefined || others.length > 0 ? defaultProfile : named];
}
