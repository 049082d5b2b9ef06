import type { KnownIssuer } from './issuer-file.ts';

/** INDIGO IAM takes audiences in its own way; see oauth/audience.ts. */
const iam = (issuer: string): KnownIssuer => ({
  issuer,
  legacy_aud_mode: true,
  audience_parameter: 'audience',
});
/** Replaces refresh tokens so often that the encryption password is better kept. */
const rotating = (issuer: string): KnownIssuer => ({ issuer, 'pw-store': true });
/** Unity forgets the scopes of a login when a refresh does not repeat them. */
const unity = (issuer: string): KnownIssuer => ({ issuer, scope_on_refresh: true });
const plain = (issuer: string): KnownIssuer => ({ issuer });

/** The issuers that oidc-agent ships, in the order in which they are offered: INDIGO IAM first. */
export const SHIPPED_ISSUERS: readonly KnownIssuer[] = [
  iam('https://wlcg.cloud.cnaf.infn.it/'),
  iam('https://alice-auth.cern.ch/'),
  iam('https://atlas-auth.cern.ch/'),
  iam('https://cms-auth.cern.ch/'),
  iam('https://lhcb-auth.cern.ch/'),
  iam('https://dteam-auth.cern.ch/'),
  iam('https://alice-auth.web.cern.ch/'),
  iam('https://atlas-auth.web.cern.ch/'),
  iam('https://cms-auth.web.cern.ch/'),
  iam('https://lhcb-auth.web.cern.ch/'),
  iam('https://iam-demo.cloud.cnaf.infn.it/'),
  iam('https://iam-test.indigo-datacloud.eu/'),
  iam('https://iam.deep-hybrid-datacloud.eu/'),
  iam('https://iam.extreme-datacloud.eu/'),
  plain('https://aai.egi.eu/auth/realms/egi'),
  plain('https://aai-demo.egi.eu/auth/realms/egi'),
  plain('https://aai-dev.egi.eu/auth/realms/egi'),
  unity('https://login.helmholtz.de/oauth2'),
  unity('https://login-dev.helmholtz.de/oauth2'),
  rotating('https://oidc.scc.kit.edu/auth/realms/kit'),
  rotating('https://fels.scc.kit.edu/oidc/realms/fels'),
  rotating('https://keycloak.desy.de/auth/realms/production'),
  plain('https://login.elixir-czech.org/oidc/'),
  unity('https://b2access.eudat.eu:8443/oauth2'),
  rotating('https://bildungsproxy.aai.dfn.de'),
  plain('https://auth.didmos.nfdi-aai.de'),
  rotating('https://regapp.nfdi-aai.de/oidc/realms/nfdi_demo'),
  plain('https://cilogon.org'),
  // Gives refresh tokens by other means, and refuses the scope.
  { issuer: 'https://accounts.google.com', offline_access: false },
];
