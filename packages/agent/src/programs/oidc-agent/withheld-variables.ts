/** Variables that the agent does not need, and should not keep in its environment for weeks. */
export const WITHHELD_VARIABLES = [
  'OIDC_ENCRYPTION_PW',
  'OIDC_REFRESH_TOKEN',
  'OIDC_SOCK',
  'OIDCD_PID',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
];
