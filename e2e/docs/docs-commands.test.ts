/**
 * Every command that a page tells its reader to type does what the page says. Each page has a terminal, a home and an agent
 * of its own; real issuers are replaced by jeton-iam, programs of others by scripts.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateAccount, PASSWORD } from '../support/agent/accounts.ts';
import { agentsOf } from '../support/agent/agent.ts';
import { freePort } from '../support/computer/free-port.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type DocumentedPage, masked, readPage, root } from '../support/documented.ts';
import { endProcess } from '../support/processes.ts';
import { type RunningIam, SHORT_INTERVAL, startIam } from '../support/servers/iam.ts';
import { ISSUER, type MytokenServer, startMytokenServer } from '../support/servers/mytoken.ts';
import { type Answer, Shell } from '../support/user/shell.ts';

interface Step {
  /** As the page has it. */
  readonly command: string;
  /** What the reader has done before, in words that the page does not give. */
  readonly first?: string;
  /** What is typed instead of some words of the command. */
  readonly instead?: Readonly<Record<string, string>>;
  readonly answers?: readonly Answer[];
  /** What appears on the screen. */
  readonly shows?: RegExp;
  /** How a block of the page begins that shows what appears on the screen. */
  readonly sample?: string;
  readonly code?: number;
  /** The foreign program that the step needs; without it the step is skipped. */
  readonly needs?: string;
  /** It goes on until Ctrl-C. */
  readonly interrupt?: boolean;
}

interface Page {
  /** Which accounts its reader has already; the agent runs then. */
  readonly accounts?: readonly string[];
  /** The page starts an IAM by itself, at a port that is free in place of 8080. */
  readonly ownIam?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly steps: readonly (Step | string)[];
}

const token = /^ey[\w-]+\.[\w-]+\.[\w-]*$/m;
const encrypt: Answer[] = [
  [/Enter encryption password.*: $/, PASSWORD],
  [/Confirm encryption password: $/, PASSWORD],
];
const decrypt: Answer = [/Enter decryption password.*: $/, PASSWORD];
const passwords = { env: { OIDC_ENCRYPTION_PW: PASSWORD } };
const issuer: Answer = [/Issuer \[.*\]: $/, 'http://localhost:8080/'];
const scopes: Answer = [/Scopes or 'max'.*: $/, 'max'];
const asksForAll = [issuer, scopes, ...encrypt];
/** What a user does with a browser. */
const approve: Answer = [
  /visit:\n(http.*\/)device\S*\n[\s\S]*enter the code: (\S+)/,
  async ([, iam, code]) => {
    const body = JSON.stringify({ user: 'test', approve: true });
    const response = await fetch(`${iam}dev/device-codes/${code}`, { method: 'POST', body });
    expect(response.ok).toBe(true);
    return undefined;
  },
];
/** The address at which the browser ends. */
let lastAddress = '';
const approveElsewhere: Answer = [
  /of your choice:\n(http\S+)/,
  async ([, url = '']) => {
    lastAddress = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
    return undefined;
  },
];
const register =
  'eval "$(jeton register --issuer https://wlcg.cloud.cnaf.infn.it/ --scope max --env --out client.json)"';
const generate =
  'oidc-gen -w device --iss=https://wlcg.cloud.cnaf.infn.it/ --scope=max --pw-env --prompt=none wlcg';
const passwordClient =
  'export IAM_CLIENT_ID=password-grant IAM_CLIENT_SECRET=secret IAM_CLIENT_SCOPES=openid';

const untilItListens = 'until curl -so iam.json http://localhost:8080/jwk; do :; done';

const pages: Record<string, Page> = {
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
  'docs/jeton.md': {
    accounts: ['wlcg'],
    env: { OIDC_ENCRYPTION_PW: PASSWORD },
    steps: [
      {
        command: 'oidc-token wlcg | jeton userinfo --issuer https://wlcg.cloud.cnaf.infn.it/ -',
        shows: /"sub"/,
      },
      { command: 'oidc-token wlcg | jeton inspect', shows: /^issuer: / },
      {
        command: 'oidc-token wlcg | jeton inspect --issuer https://wlcg.cloud.cnaf.infn.it/',
        instead: {
          'oidc-token wlcg': 'oidc-token -s "openid offline_access storage.read:/ wlcg.groups" wlcg',
        },
        sample: 'issuer:',
      },
      { command: 'jeton inspect token.txt', first: 'oidc-token wlcg > token.txt', shows: /^issuer: / },
      'jeton register --issuer https://iam.example/ --scope max --out client.json',
      'eval "$(jeton register --issuer https://iam.example/ --env --out client.json)"',
      {
        command: 'jeton introspect',
        first: 'export IAM_ACCESS_TOKEN=$(jeton device-code 2>/dev/null)',
        shows: /"active": ?true/,
      },
      { command: 'oidc-gen -w device -f client.json NAME', answers: encrypt, shows: /Everything setup/ },
      'jeton completion bash > ~/.jeton-completion.bash',
      { command: 'mkdir -p ~/.zfunc ~/.config/fish/conf.d' },
      'jeton completion zsh > ~/.zfunc/_jeton',
      'jeton completion fish > ~/.config/fish/conf.d/jeton.fish',
      { command: 'jeton --help', shows: /device-code/ },
      {
        command: 'man ./man/oidc-gen.1',
        first: `cd ${root} && export MANPAGER=cat`,
        shows: /OIDC-GEN\(1\)/,
        needs: 'man',
      },
    ],
  },
  'docs/without-an-agent.md': {
    files: { 'client-password': 'password' },
    accounts: [],
    steps: [
      register,
      { command: 'TOKEN=$(jeton device-code)', shows: /enter the code/ },
      { command: 'eval "$(jeton device-code --env)"', shows: /enter the code/ },
      { command: 'jeton refresh -s storage.read:/ --aud se.example.org', shows: token },
      'jeton revoke',
      {
        command: 'jeton password',
        answers: [
          [/[Uu]ser ?name.*: $/, 'test'],
          [/[Pp]assword.*: $/, 'password'],
        ],
        sample: 'Error: The issuer does not allow',
        code: 77,
      },
      {
        command: 'pass show iam | jeton password --username jane --password-fd 0',
        first: passwordClient,
        instead: { jane: 'test' },
        shows: token,
      },
      {
        command: 'eval "$(dc-get-token.sh)"',
        first: `unset IAM_CLIENT_ID IAM_CLIENT_SECRET; export IAM_DEVICE_CODE_CLIENT_ID=public-dc-client PATH="$PATH:${root}/packages/agent/drop-in"`,
        shows: /enter the code/,
      },
      {
        command: 'oidc-gen -w device -f client.json NAME',
        first: 'test -n "$IAM_ACCESS_TOKEN" && eval $(oidc-agent)',
        answers: encrypt,
        shows: /Everything setup/,
      },
    ],
  },
  'docs/iam.md': {
    ownIam: true,
    files: { secret: 'secret', 'iam.yaml': exampleOf('docs/iam.md', 'yaml') },
    env: passwords.env,
    steps: [
      { command: 'jeton-iam', shows: /IAM ready/, interrupt: true },
      { command: 'jeton-iam --auto-approve test &', shows: /IAM ready/ },
      'eval $(oidc-agent)',
      {
        command:
          'oidc-gen -w device --iss=http://localhost:8080/ --scope="openid offline_access storage.read:/" wlcg',
        answers: encrypt,
      },
      { command: 'oidc-token -s storage.read:/data wlcg', shows: token },
      'kill $!',
      { command: 'jeton-iam &', first: 'wait', shows: /IAM ready/ },
      {
        command: 'oidc-gen -w device --iss=http://localhost:8080/ --scope="openid offline_access" browser',
        answers: [approve, ...encrypt],
      },
      {
        command: 'curl -u client-cred:secret -d grant_type=client_credentials http://localhost:8080/token',
        shows: /"access_token"/,
      },
      'kill $!',
      { command: 'jeton-iam --config iam.yaml &', first: 'wait', shows: /IAM ready/ },
      {
        command:
          'curl -u portal:portal-secret -d grant_type=password -d username=alice -d password=wonderland http://localhost:8080/token',
        shows: /"access_token"/,
      },
      'kill $!',
      {
        command: 'jeton-iam --data state.db',
        first: 'wait',
        shows: /IAM ready/,
        interrupt: true,
      },
      {
        command: 'jeton-iam --behave poll=slow_down,times=2 --behave rotation=detect-reuse',
        shows: /IAM ready/,
        interrupt: true,
      },
      {
        command:
          'curl -X PUT -d \'{"rules": [{"endpoint": "/token", "status": 503, "times": 2}]}\' http://localhost:8080/dev/behaviour',
        first: `jeton-iam & ${untilItListens}`,
        shows: /"status":503/,
      },
      { command: 'curl http://localhost:8080/dev/requests', shows: /"requests":/ },
      {
        command: 'jeton-iam --like google --behave interval=1 --behave poll=slow_down,times=1',
        first: 'kill $!; wait',
        shows: /IAM ready/,
        interrupt: true,
      },
      {
        command: 'jeton-iam --like keycloak --behave openid=unlisted',
        shows: /IAM ready/,
        interrupt: true,
      },
      { command: 'jeton-iam --port 8081 &', instead: { 8081: '0' }, shows: /IAM ready/ },
      {
        command:
          'jeton-iam --external http://localhost:8081/ --external-client ID --external-secret-file secret',
        shows: /IAM ready/,
        interrupt: true,
      },
      {
        command:
          'oidc-gen -w device --iss=http://localhost:8080/ --client-id=admin-client-rw --client-secret=secret --scope="openid offline_access iam:admin.read iam:admin.write" admin',
        first: `jeton-iam --auto-approve admin & ${untilItListens}`,
        answers: encrypt,
      },
      {
        command: 'CLIENT=http://localhost:8080/iam/api/clients/$CLIENT_ID',
        first: 'CLIENT_ID=device-code-client',
      },
      { command: 'curl -H "Authorization: Bearer $(oidc-token admin)" $CLIENT > client.json' },
      { command: 'vi client.json', first: 'grep -q \'"grant_types"\' client.json' },
      {
        command:
          'curl -X PUT -H "Authorization: Bearer $(oidc-token admin)" -H "Content-Type: application/json" -d @client.json $CLIENT',
        shows: /"grant_types":\["password"/,
      },
    ],
  },
  'docs/iam-reference.md': {
    ownIam: true,
    steps: [
      {
        command: 'jeton-iam --control-token-file control-token &',
        shows: /IAM ready/,
      },
      {
        command: 'curl -H "Authorization: Bearer $(cat control-token)" http://localhost:8080/dev/requests',
        shows: /"requests":/,
      },
    ],
  },
  'docs/protocol.md': {
    accounts: ['wlcg'],
    files: { 'token.py': exampleOf('docs/protocol.md', 'python') },
    steps: [
      {
        command: `printf '{"request":"loaded_accounts"}' | nc -U "$OIDC_SOCK"`,
        first: 'eval $(oidc-agent)',
        needs: 'nc',
      },
      {
        command: 'python3 token.py wlcg',
        first: 'eval $(oidc-agent)',
        shows: token,
        needs: 'python3',
      },
      { command: 'oidc-agent --status', shows: /wlcg/ },
    ],
  },
  'docs/configuration.md': {
    accounts: ['wlcg'],
    files: { 'home/.config/oidc-agent/config': '{\n  "oidc-agent": {\n    "lifetime": 1\n    "x"' },
    steps: [
      {
        command: 'oidc-token ISSUER_URL',
        sample: 'Error: error in configuration file',
        code: 78,
      },
    ],
  },
  'docs/exit-codes.md': {
    accounts: ['wlcg'],
    steps: [{ command: 'OIDC_SOCK=/nowhere oidc-add -a', code: 69 }, 'echo $?', 'TOKEN=$(oidc-token wlcg)'],
  },
};

/** What is not run here, and why. */
const notRun: Record<string, readonly string[]> = {
  'it comes before this test, or this test is a part of it': [
    'npm ci && npm run build',
    'npm cit',
    'npm run build:native',
  ],
  'the test of the demonstration runs it': ['npm run demo', 'npm run demo -- --browser'],
  'it needs the systemd of a user who is logged in': ['systemctl --user enable --now oidc-agent'],
  'it needs the package installed for the whole computer': [
    'man oidc-gen',
    'npm install --global',
    'npm rebuild --global jeton',
  ],
  'it is a form, not a command': [
    'oidc-token [OPTION...] ACCOUNT_SHORTNAME | ISSUER_URL',
    'oidc-token -o NAME',
    'oidc-prompt TYPE TITLE TEXT [LABEL [TIMEOUT [INIT [LIST_ELEMENT...]]]]',
    'jeton COMMAND [OPTION...]',
    'jeton COMMAND --help',
    'jeton completion SHELL',
    'export IAM_ACCESS_TOKEN="..."',
    'export IAM_REFRESH_TOKEN="..."',
  ],
};

const steps = (page: Page): Step[] =>
  page.steps.map((step) => (typeof step === 'string' ? { command: step } : step));
const allRun = Object.values(pages).flatMap((page) => steps(page).map(({ command }) => command));
const allDocumented = Object.keys(pages).flatMap((path) => readPage(path).commands);
const optionOf = /^[\w-]+( [a-z]+)?( --?[\w-]+)+$/;
const listed = Object.values(notRun).flat();

describe('the commands of the documentation', () => {
  it.each(Object.entries(pages))(
    '%s has none that is neither run nor listed as one that is not',
    (path, page) => {
      const run = steps(page).map(({ command }) => command);
      const forgotten = readPage(path).commands.filter(({ command, inText }) => {
        if (listed.includes(command) || run.includes(command)) return false;
        // A sentence may name an option, or a part of a command.
        return !(inText && (optionOf.test(command) || allRun.some((whole) => whole.includes(command))));
      });
      expect(forgotten.map(({ command }) => command)).toEqual([]);
    },
  );

  it('are there still, where this test says so', () => {
    const all = allDocumented.map(({ command }) => command);
    expect(listed.filter((command) => !all.includes(command))).toEqual([]);
    for (const [path, page] of Object.entries(pages)) {
      const documented = readPage(path).commands.map(({ command }) => command);
      const run = steps(page).map(({ command }) => command);
      expect(run.filter((command) => !documented.includes(command))).toEqual([]);
    }
  });
});

/** An issuer for all pages that do not start one. */
const surroundings = new Sandbox();
let iam: RunningIam;
let mytokens: MytokenServer;
beforeAll(async () => {
  iam = await startIam(surroundings);
  mytokens = await startMytokenServer(surroundings);
});
afterAll(() => surroundings.close());

describe.each(Object.entries(pages))('%s', (path, page) => {
  const sandbox = new Sandbox();
  const documented = readPage(path);
  let shell: Shell;
  let issuerHere: string;

  beforeAll(async () => {
    const port = page.ownIam ? await freePort() : iam.port;
    issuerHere = `http://localhost:${port}/`;
    sandbox.onClose(() => Promise.all(agentsOf(sandbox).map((pid) => endProcess(pid))));
    const programs = join(sandbox.folder, 'bin');
    writePrograms(programs, otherPrograms);
    if (page.accounts !== undefined) await sandbox.run('oidc-agent', []);
    for (const name of page.accounts ?? []) {
      expect(await generateAccount(sandbox, name, iam)).toMatchObject({ code: 0 });
    }
    for (const [name, text] of Object.entries(page.files ?? {})) {
      writeFileSync(join(sandbox.folder, name), text, { mode: 0o700 });
    }
    shell = await Shell.start(sandbox, { PATH: `${programs}:${sandbox.env.PATH}`, ...page.env });
  });
  afterAll(async () => {
    await shell?.run('kill $(jobs -p) 2>/dev/null; wait');
    await sandbox.close();
  });

  /** What is typed for what the page says. */
  const fill = (text: string) =>
    text
      .replace(
        /http:\/\/localhost:8080\/|https:\/\/wlcg\.cloud\.cnaf\.infn\.it\/|https:\/\/iam\.example\//g,
        issuerHere,
      )
      .replace(
        /\bjeton-iam\b(?! --port)/,
        () => `jeton-iam --port ${new URL(issuerHere).port} --behave ${SHORT_INTERVAL}`,
      )
      .replace('LAST ADDRESS', lastAddress)
      .replace('MYTOKEN SERVER', mytokens.url)
      .replace('MYTOKEN ISSUER', ISSUER)
      .replace(/\b(NAME|ISSUER_URL)\b/g, 'example');

  it.for(steps(page).map((step) => [step.command, step] as const))(
    '%s',
    async ([command, step], { skip }) => {
      const { needs } = step;
      if (needs !== undefined && spawnSync('which', [needs]).status !== 0) skip(`needs ${needs}`);
      if (step.first !== undefined) expect(await shell.run(fill(step.first))).toMatchObject({ code: 0 });
      const typed = Object.entries(step.instead ?? {}).reduce(
        (text, [words, others]) => text.replace(words, others),
        command,
      );
      const answers = step.answers?.map(
        ([question, answer]): Answer => [question, typeof answer === 'string' ? fill(answer) : answer],
      );
      const { shows, interrupt = false } = step;
      const { output, code } = await shell.run(fill(typed), { answers: answers ?? [], shows, interrupt });
      if (!interrupt) expect(code, output).toBe(step.code ?? 0);
      for (const sample of samplesOf(documented, step)) expect(masked(output)).toContain(masked(sample));
    },
  );
});

/** What the page says that the command prints. */
function samplesOf({ commands, samples }: DocumentedPage, { command, sample }: Step): string[] {
  const below = commands.find((documented) => documented.command === command)?.output ?? [];
  const block = sample === undefined ? [] : [samples.find((text) => text.startsWith(sample))];
  return [...(below.length > 0 ? [below.join('\n')] : []), ...block.map((text) => text ?? `no ${sample}`)];
}

/** Programs of others that pages call. */
const otherPrograms = {
  make: 'echo "make $* $OIDC_SOCK"',
  'gfal-ls': 'echo "$BEARER_TOKEN"',
  rucio: 'echo "rucio $*"; test -s "$BEARER_TOKEN_FILE"',
  pass: 'echo password',
  pinentry: 'exit 1',
  zenity: 'exit 0',
  vi: `sed -i 's/"grant_types":\\[/&"password",/' "$1"`,
};

function writePrograms(folder: string, scripts: Readonly<Record<string, string>>): void {
  mkdirSync(folder);
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
}

/** The first example in a language on a page. */
function exampleOf(page: string, language: string): string {
  const text = readFileSync(join(root, page), 'utf8');
  return new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(text)?.[1] ?? '';
}
