/** What is not run here, and why. */
export const notRun: Record<string, readonly string[]> = {
  'it comes before this test, or this test is a part of it': [
    'npm ci && npm run build',
    'npm cit',
    'npm run build:native',
  ],
  'there is no release yet': ['npm install --global jeton @jeton/iam'],
  'the test of the demonstration runs it': ['npm run demo', 'npm run demo -- --browser'],
  'it needs the systemd of a user who is logged in': [
    'systemctl --user enable --now oidc-agent',
    'systemctl --user enable --now oidc-agent.socket',
  ],
  'it needs the package installed for the whole computer': ['man oidc-gen'],
  'it needs a keyring, and e2e/agent/keyrings.test.ts runs it': [
    'oidc-gen --pw-keyring -u wlcg',
    'oidc-add --pw-keyring wlcg',
  ],
  'it needs an issuer without TLS, and e2e/issuers/insecure-http.test.ts runs it': [
    'oidc-gen -w device --iss=http://iam:8080/ --insecure-http=iam --scope=max dev',
  ],
  'it is a form, not a command': [
    'oidc-token [OPTION...] ACCOUNT_SHORTNAME | ISSUER_URL',
    'oidc-token -o NAME',
    'oidc-prompt TYPE TITLE TEXT [LABEL [TIMEOUT [INIT [LIST_ELEMENT...]]]]',
    'jeton COMMAND [OPTION...]',
    'jeton COMMAND --help',
    'jeton completion SHELL',
    'jeton login NAME',
    'export IAM_ACCESS_TOKEN="..."',
    'export IAM_REFRESH_TOKEN="..."',
  ],
};
