import { join } from 'node:path';
import { PASSWORD } from '../../support/agent/accounts.ts';
import { root } from '../../support/documented.ts';
import type { Page } from './page.ts';
import {
  approve,
  approveElsewhere,
  asksForAll,
  decrypt,
  encrypt,
  generate,
  issuer,
  scopes,
  token,
} from './shared.ts';

/** The README, and the pages of the programs that use an agent. */
export const agentPages: Readonly<Record<string, Page>> = {
  'README.md': {
    ownIam: true,
    steps: [
      { command: 'export PATH="$PWD/node_modules/.bin:$PATH"', first: `cd ${root}` },
      { command: 'jeton-iam &', shows: /IAM ready at http:\/\/localhost:\d+\// },
      { command: 'eval $(oidc-agent)', shows: /^Agent pid \d+$/m },
      { command: 'oidc-gen -w device wlcg', answers: [issuer, scopes, approve, ...encrypt] },
      { command: 'oidc-token wlcg', shows: token },
      {
        command: 'curl -H "$(oidc-token --auth-header wlcg)" http://localhost:8080/userinfo',
        shows: /"sub": ?"80e5fb8d/,
      },
      { command: 'oidc-token -s storage.read:/ wlcg', shows: token },
      { command: 'oidc-token --aud example.audience -s storage.read:/ wlcg', shows: token },
      {
        command: 'oidc-token wlcg | jeton inspect --issuer http://localhost:8080/',
        shows: /^signature: RS256, verified$/m,
      },
      { command: 'oidc-token --version', shows: /jeton/ },
      {
        command: 'oidc-add wlcg',
        first: 'oidc-agent -k && eval $(oidc-agent)',
        answers: [decrypt],
        shows: /^success$/m,
      },
      { command: 'oidc-gen -p wlcg', answers: [decrypt], shows: /"refresh_token"/ },
      {
        command: 'oidc-gen -d wlcg',
        answers: [decrypt, [/Delete the account.*: $/, 'yes']],
        shows: /Successfully deleted/,
      },
      'export OIDC_ENCRYPTION_PW=...',
      { command: generate, answers: [approve], shows: /Everything setup correctly!/ },
    ],
  },
  'docs/oidc-agent.md': {
    accounts: ['wlcg'],
    files: { pw: PASSWORD, transfer: 'oidc-token wlcg' },
    steps: [
      { command: 'oidc-agent', first: 'oidc-agent -k', shows: /^OIDC_SOCK=\S+;/ },
      { command: 'oidc-agent -k', shows: /unset OIDC_SOCK/ },
      { command: 'oidc-agent -- make test', shows: /make test \/\S+\/oidc-agent\.\d+/ },
      {
        command: "oidc-agent -t 3600 -- sh -c 'oidc-add --pw-file=pw wlcg && ./transfer'",
        shows: token,
      },
      { command: 'eval $(oidc-agent)', shows: /Agent pid \d+/ },
      { command: 'eval $(oidc-agent -t 3600)', shows: /Agent pid \d+/ },
    ],
  },
  'docs/oidc-gen.md': {
    accounts: ['egi'],
    steps: [
      { command: 'oidc-gen wlcg', answers: asksForAll, shows: /Everything setup correctly!/ },
      {
        command: 'oidc-gen -w device wlcg',
        answers: [[/Overwrite\?.*: $/, 'yes'], ...asksForAll],
        shows: /Everything setup correctly!/,
      },
      { command: 'oidc-gen -l', shows: /^egi\nwlcg$/m },
      { command: 'oidc-add -l', shows: /^egi\nwlcg$/m },
      { command: 'oidc-gen -p wlcg', answers: [decrypt], shows: /"refresh_token"/ },
      { command: 'oidc-gen --reauthenticate wlcg', answers: [decrypt] },
      { command: 'oidc-gen --rename lhc wlcg', answers: [decrypt] },
      {
        command: 'oidc-gen -d lhc',
        answers: [decrypt, [/Delete the account.*: $/, 'yes']],
        shows: /Deleted oidc client\./,
      },
      'export OIDC_ENCRYPTION_PW=...',
      { command: generate, shows: /Everything setup correctly!/ },
      {
        command: 'oidc-gen -w code --no-webserver --no-scheme wlcg',
        first: 'oidc-gen -d --pw-env --confirm-yes wlcg',
        answers: [issuer, scopes, approveElsewhere],
      },
      {
        command: "oidc-gen --codeExchange='http://localhost:4242/?code=...&state=...'",
        instead: { 'http://localhost:4242/?code=...&state=...': 'LAST ADDRESS' },
        answers: encrypt,
        shows: /Everything setup correctly!/,
      },
      {
        command:
          'oidc-gen --mytoken-url=https://mytoken.data.kit.edu --iss=https://wlcg.cloud.cnaf.infn.it/ wlcg',
        first: `OIDC_ENCRYPTION_PW='${PASSWORD}' oidc-gen -d --pw-env --confirm-yes wlcg`,
        instead: {
          'https://mytoken.data.kit.edu': 'MYTOKEN SERVER',
          'https://wlcg.cloud.cnaf.infn.it/': 'MYTOKEN ISSUER',
        },
        answers: encrypt,
        shows: /Everything setup correctly!/,
      },
    ],
  },
  'docs/oidc-add.md': {
    accounts: ['wlcg'],
    steps: [
      { command: 'oidc-add wlcg', first: 'oidc-add -r wlcg', answers: [decrypt], shows: /^success$/m },
      { command: 'oidc-add -l', shows: /^wlcg$/m },
      { command: 'oidc-add -a', shows: /^wlcg$/m },
      { command: 'oidc-add -r wlcg', shows: /^success$/m },
      { command: 'oidc-add -t 28800 wlcg', answers: [decrypt], shows: /^success$/m },
      {
        command: 'oidc-add -x',
        answers: [
          [/Enter lock password: $/, 'secret'],
          [/Confirm lock password: $/, 'secret'],
        ],
        shows: /Agent locked/,
      },
      {
        command: 'oidc-add -X',
        answers: [[/Enter lock password: $/, 'secret']],
        shows: /Agent unlocked/,
      },
    ],
  },
  'docs/oidc-token.md': {
    accounts: ['wlcg'],
    steps: [
      { command: 'oidc-token wlcg', shows: token },
      { command: 'oidc-token -s storage.read:/ wlcg', shows: token },
      { command: 'oidc-token --aud example.audience -s storage.read:/ wlcg', shows: token },
      { command: 'oidc-token -t 600 wlcg', shows: token },
      {
        command: 'curl -H "$(oidc-token --auth-header wlcg)" https://storage.example.org/',
        // A refresh ends the tokens of before at IAM.
        first: 'oidc-token -f wlcg > token.txt',
        instead: { 'https://storage.example.org/': 'http://localhost:8080/userinfo' },
        shows: /"sub"/,
      },
      { command: 'oidc-token --json wlcg', shows: /\{"token":"[^"]+","issuer":".*","expires_at":\d+/ },
      'eval $(oidc-token -c wlcg)',
      {
        command: 'TOKEN=$(oidc-token wlcg)',
        first: 'test -n "$OIDC_AT" -a -n "$OIDC_ISS" -a -n "$OIDC_EXP" && oidc-add -r wlcg',
        answers: [decrypt],
      },
      {
        command: 'oidc-token -m wlcg',
        first: `export DISPLAY=:0; oidc-agent -k; oidc-agent; OIDC_ENCRYPTION_PW=x oidc-gen --mytoken-url=MYTOKEN SERVER --iss=MYTOKEN ISSUER --pw-env --confirm-yes --prompt=none wlcg`,
        shows: /^mytoken/m,
      },
      { command: 'oidc-token --mytoken=short wlcg', shows: /^mytoken/m },
      { command: `oidc-token --mytoken='{"capabilities":["AT"]}' wlcg`, shows: /^mytoken/m },
    ],
  },
  'docs/oidc-tokensh.md': {
    accounts: ['wlcg'],
    files: { 'analysis.sh': 'cat "$BEARER_TOKEN_FILE"' },
    steps: [
      { command: 'oidc-tokensh -- rucio download user.me:dataset', shows: /rucio download user.me:dataset/ },
      { command: 'oidc-tokensh --oidc wlcg -- ./analysis.sh', shows: /ey[\w-]+\./ },
      { command: 'oidc-tokensh --env -- gfal-ls https://se.example/', shows: /ey[\w-]+\./ },
      { command: 'oidc-tokensh --oidc wlcg', answers: [[/[$#] $/, 'test -s "$BEARER_TOKEN_FILE"; exit']] },
    ],
  },
  'docs/oidc-prompt.md': {
    steps: [
      {
        command: 'oidc-prompt password "Vault" "The key of the vault" "Password" 60',
        answers: [[/Password: $/, 'secret']],
        shows: /^secret$/m,
      },
      {
        command: 'oidc-prompt confirm "Deploy" "Deploy to production?"',
        answers: [[/Deploy to production\?[\s\S]*: $/, 'no']],
        shows: /^no$/m,
      },
      {
        command: 'oidc-prompt select "Site" "Where does it run?" "Site" 0 CNAF KIT CERN',
        answers: [[/: $/, '2']],
        shows: /^KIT$/m,
      },
    ],
  },
  'docs/oidc-agent-service.md': {
    accounts: ['wlcg', 'egi'],
    steps: [
      { command: 'eval "$(oidc-agent-service use)"', first: 'oidc-agent -k' },
      { command: 'eval "$(oidc-agent-service restart)"', first: 'test -S "$OIDC_SOCK"' },
      { command: 'eval "$(oidc-agent-service stop)"', first: 'test -S "$OIDC_SOCK"' },
      { command: 'OIDC_AGENT_OPTS="--lifetime=28800"', first: 'test -z "$OIDC_SOCK"' },
      { command: 'mkdir -p ~/.config/systemd/user' },
      {
        command: 'cp "$(npm root -g)/jeton/systemd/oidc-agent.service" ~/.config/systemd/user/',
        instead: { '$(npm root -g)/jeton': join(root, 'packages/agent') },
      },
      {
        command: 'cp "$(npm root -g)/jeton/systemd/oidc-agent.socket" ~/.config/systemd/user/',
        instead: { '$(npm root -g)/jeton': join(root, 'packages/agent') },
      },
      {
        command: 'eval "$(oidc-keychain --accounts wlcg egi)"',
        answers: [decrypt, decrypt],
      },
      {
        command: 'eval "$(oidc-keychain -t 28800)"',
        first: 'oidc-token wlcg >/dev/null && oidc-token egi >/dev/null',
      },
      { command: 'eval "$(oidc-keychain -k)"', first: 'test -S "$OIDC_SOCK"' },
    ],
  },
};
