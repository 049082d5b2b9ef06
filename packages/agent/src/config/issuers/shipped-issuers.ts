import type { KnownClient, KnownIssuer } from './issuer-file.ts';

/** INDIGO IAM has an audience parameter of its own; see oauth/audience.ts. */
const iam = (issuer: string, pubclient?: KnownClient): KnownIssuer => ({
  issuer,
  legacy_aud_mode: true,
  audience_parameter: 'audience',
  ...(pubclient && { pubclient }),
});
/** Replaces refresh tokens so often that the encryption password is better kept. */
const rotating = (issuer: string): KnownIssuer => ({ issuer, 'pw-store': true });
/** Unity forgets the scopes of a login when a refresh does not repeat them. */
const unity = (issuer: string): KnownIssuer => ({ issuer, scope_on_refresh: true });
const plain = (issuer: string): KnownIssuer => ({ issuer });

/**
 * The issuers that oidc-agent ships, in the order in which they are offered: INDIGO IAM first. Public clients are those of
 * oidc-agent that have no secret; others come from /etc/oidc-agent, where its package puts them.
 */
export const SHIPPED_ISSUERS: readonly KnownIssuer[] = [
  iam('https://wlcg.cloud.cnaf.infn.it/', {
    client_id: '7d6ad1c2-6647-4846-b0d5-c9f6ad0987d0',
    scope:
      'openid profile email address phone offline_access wlcg wlcg.groups storage.read:/ storage.create:/ storage.modify:/ compute.read compute.modify compute.create compute.cancel eduperson_entitlement eduperson_scoped_affiliation',
  }),
  iam('https://alice-auth.cern.ch/'),
  iam('https://atlas-auth.cern.ch/'),
  iam('https://cms-auth.cern.ch/'),
  iam('https://lhcb-auth.cern.ch/'),
  iam('https://dteam-auth.cern.ch/'),
  iam('https://alice-auth.web.cern.ch/'),
  iam('https://atlas-auth.web.cern.ch/'),
  iam('https://cms-auth.web.cern.ch/'),
  iam('https://lhcb-auth.web.cern.ch/'),
  iam('https://iam-demo.cloud.cnaf.infn.it/', {
    client_id: '222df837-7c79-431f-ae80-5a75ec56e324',
    scope: 'address phone openid email profile offline_access',
  }),
  iam('https://iam-test.indigo-datacloud.eu/', {
    client_id: '70806df4-3fad-4c6c-a7e8-49b554c85b6f',
    scope:
      'address phone openid profile offline_access eduperson_scoped_affiliation aarc email eduperson_entitlement',
  }),
  iam('https://iam.deep-hybrid-datacloud.eu/', {
    client_id: 'f1f5d80d-849e-4324-9676-8b103604281f',
    scope:
      'address iam phone openid profile offline_access eduperson_scoped_affiliation email eduperson_entitlement',
  }),
  iam('https://iam.extreme-datacloud.eu/', {
    client_id: '441d0d59-bfb3-430e-8142-10b73cae3cc4',
    scope:
      'address phone openid profile offline_access eduperson_scoped_affiliation email eduperson_entitlement wlcg',
  }),
  plain('https://aai.egi.eu/auth/realms/egi'),
  plain('https://aai-demo.egi.eu/auth/realms/egi'),
  plain('https://aai-dev.egi.eu/auth/realms/egi'),
  unity('https://login.helmholtz.de/oauth2'),
  unity('https://login-dev.helmholtz.de/oauth2'),
  {
    ...rotating('https://oidc.scc.kit.edu/auth/realms/kit'),
    pubclient: { client_id: '7b3b85df-1965-41b9-b4e2-476f0eb0d5df' },
  },
  rotating('https://fels.scc.kit.edu/oidc/realms/fels'),
  rotating('https://keycloak.desy.de/auth/realms/production'),
  {
    issuer: 'https://login.elixir-czech.org/oidc/',
    pubclient: {
      client_id: 'ef13f849-b1ce-4c10-b28f-4a5f19b84fe0',
      scope:
        'country address forwardedScopedAffiliations phone openid offline_access profile bona_fide_status email eduperson_entitlement',
    },
  },
  unity('https://b2access.eudat.eu:8443/oauth2'),
  rotating('https://bildungsproxy.aai.dfn.de'),
  plain('https://auth.didmos.nfdi-aai.de'),
  rotating('https://regapp.nfdi-aai.de/oidc/realms/nfdi_demo'),
  plain('https://cilogon.org'),
  // Gives refresh tokens by other means, and refuses the scope.
  { issuer: 'https://accounts.google.com', offline_access: false },
];
