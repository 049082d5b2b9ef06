import { atTerminal, badValue, type Difference, exitCode, type Scenario } from '../scenario.ts';

const loaded = ['wlcg'];
const asked = "Enter decryption password for account config 'wlcg': ";

/** An account that the issuer gives no token for is not loaded, so that there is none to list. */
const failedAdd: readonly Difference[] = [
  {
    id: 'failed-add',
    by: 'c/ours',
    c: ['> The following account configurations are currently loaded: ', '> wlcg'],
    ours: ['> No account configurations are currently loaded.'],
  },
  {
    id: 'failed-add',
    by: 'ours/ours',
    c: ['> The following account configurations are currently loaded: ', '> wlcg'],
    ours: [],
  },
];

export const oidcAdd: readonly Scenario[] = [
  {
    name: 'oidc-add NAME --pw-env loads an account',
    run: ['oidc-add --pw-env wlcg', 'oidc-add -a', 'oidc-token wlcg'],
  },
  {
    name: 'oidc-add --pw-env=VARIABLE',
    run: ["SECRET='correct horse' oidc-add --pw-env=SECRET wlcg"],
  },
  {
    name: 'oidc-add --pw-cmd',
    run: ['oidc-add --pw-cmd "echo \'correct horse\'" wlcg'],
  },
  {
    name: 'oidc-add --pw-file',
    run: ["echo 'correct horse' > pw; oidc-add --pw-file=pw wlcg; rm pw"],
  },
  {
    name: 'oidc-add asks for the password at a terminal',
    run: [atTerminal('oidc-add wlcg', [asked, 'correct horse'])],
  },
  {
    name: 'oidc-add asks again after a wrong password',
    run: [atTerminal('oidc-add wlcg', [asked, 'wrong'], [asked, 'correct horse'])],
    differs: [{ id: 'wrong-password', by: 'programs', c: [], ours: ['| Wrong password.'] }],
  },
  {
    name: 'oidc-add gives up after three wrong passwords',
    run: [atTerminal('oidc-add wlcg', [asked, 'wrong'], [asked, 'wrong'], [asked, 'wrong'])],
    differs: [
      { id: 'wrong-password', by: 'programs', c: [], ours: ['| Wrong password.'] },
      { id: 'wrong-password', by: 'programs', c: [], ours: ['| Wrong password.'] },
      {
        id: 'wrong-password',
        by: 'programs',
        c: ['| Error: reached maximum number of tries', 'exit 1'],
        ours: ['exit 77'],
      },
    ],
  },
  {
    name: 'oidc-add --pw-prompt=cli',
    run: [atTerminal('oidc-add --pw-prompt=cli wlcg', [asked, 'correct horse'])],
  },
  {
    name: 'oidc-add without a terminal and without a password',
    run: ['oidc-add wlcg'],
    differs: [
      {
        id: 'no-terminal',
        by: 'programs',
        c: ['! Error: reached maximum number of tries', '! Error: reached maximum number of tries'],
        ours: ["! Error: no password for 'wlcg' and no terminal to ask for one"],
      },
    ],
  },
  {
    name: 'oidc-add with a wrong password',
    run: ['OIDC_ENCRYPTION_PW=wrong oidc-add --pw-env wlcg'],
    differs: [
      {
        id: 'wrong-password',
        by: 'programs',
        c: ['! Error: reached maximum number of tries', '! Error: reached maximum number of tries', 'exit 1'],
        ours: ['! Error: wrong password', 'exit 77'],
      },
    ],
  },
  {
    name: 'oidc-add of an account that is loaded',
    loaded,
    run: ['oidc-add --pw-env wlcg', 'oidc-add -a'],
    differs: [
      {
        id: 'already-loaded',
        by: 'programs',
        c: ['> success', '! account already loaded.'],
        ours: ["> Account 'wlcg' already loaded"],
      },
    ],
  },
  {
    name: 'oidc-add of an account that is not there',
    run: ['oidc-add nope'],
  },
  {
    name: 'oidc-add without a name',
    run: ['oidc-add', 'oidc-add one two'],
  },
  {
    name: 'oidc-add -t, --lifetime',
    run: [
      'oidc-add --pw-env --pw-store -t 300 wlcg',
      'oidc-add -R',
      'oidc-add --pw-env --pw-store --lifetime=300 wlcg',
    ],
  },
  {
    name: 'oidc-add -t with no number',
    run: ['oidc-add --pw-env -t x wlcg'],
    differs: [badValue('oidc-add: -t', "oidc-add: option '-t' needs a whole number, not 'x'")],
  },
  {
    name: 'oidc-add --pw-store',
    run: ['oidc-add --pw-env --pw-store wlcg', 'oidc-add -R', 'oidc-add --pw-env --pw-store=60 wlcg'],
  },
  {
    name: 'oidc-add -a, --loaded',
    accounts: ['b', 'a', 'wlcg'],
    loaded: ['b', 'a'],
    run: ['oidc-add -a', 'oidc-add --loaded'],
  },
  {
    name: 'oidc-add -a with nothing loaded',
    run: ['oidc-add -a'],
  },
  {
    name: 'oidc-add -a at a terminal',
    loaded,
    run: [atTerminal('oidc-add -a')],
    differs: [{ id: 'list-heading', by: 'programs', c: [], ours: ['|'] }],
  },
  {
    name: 'oidc-add -a without an agent',
    run: ['OIDC_SOCK=/nowhere oidc-add -a'],
    differs: [exitCode(69)],
  },
  {
    name: 'oidc-add -l, --list',
    accounts: ['b', 'a'],
    files: { 'issuer.config': '', 'x.clientconfig': '{}', '.hidden': '' },
    run: ['oidc-add -l', 'oidc-add --list'],
  },
  {
    name: 'oidc-add -l with no account',
    accounts: [],
    run: ['oidc-add -l'],
    differs: [{ id: 'list-heading', by: 'programs', c: ['>'], ours: [] }],
  },
  {
    name: 'oidc-add -l with no folder',
    accounts: [],
    run: ['rmdir ~/.config/oidc-agent', 'oidc-add -l'],
    differs: [{ id: 'no-folder', by: 'programs', c: ['! Error: success', 'exit 1'], ours: ['exit 0'] }],
  },
  {
    name: 'oidc-add -l at a terminal',
    run: [atTerminal('oidc-add -l')],
    differs: [{ id: 'list-heading', by: 'programs', c: [], ours: ['|'] }],
  },
  {
    name: 'oidc-add -r, --remove',
    accounts: ['wlcg', 'other'],
    loaded: ['wlcg', 'other'],
    run: ['oidc-add -r wlcg', 'oidc-add -a', 'oidc-add --remove other', 'oidc-add -a'],
  },
  {
    name: 'oidc-add -r of an account that is not loaded',
    run: ['oidc-add -r wlcg'],
    differs: [exitCode(77)],
  },
  {
    name: 'oidc-add -r of an account that is not there',
    run: ['oidc-add -r nope'],
    differs: [
      exitCode(77),
      {
        id: 'remove-without-file',
        by: 'programs',
        c: ['! Error: No account configured with that short name'],
        ours: ['! Error: account not loaded'],
      },
    ],
  },
  {
    name: 'oidc-add -R, --remove-all',
    accounts: ['wlcg', 'other'],
    loaded: ['wlcg', 'other'],
    run: ['oidc-add -R', 'oidc-add -a', 'oidc-add --remove-all'],
  },
  {
    name: 'oidc-add -p, --print',
    run: ['oidc-add -p --pw-env wlcg', 'oidc-add --print --pw-env wlcg'],
  },
  {
    name: 'oidc-add -p without an agent',
    run: ['OIDC_SOCK=/nowhere oidc-add -p --pw-env wlcg | grep name'],
    differs: [
      {
        id: 'print-without-agent',
        by: 'programs',
        c: ['! Error: Could not connect to oidc-agent', 'exit 1'],
        ours: [
          '> \t"name":\t"wlcg",',
          '> \t"client_name":\t"oidc-agent:wlcg-host",',
          '> \t"username":\t"",',
          'exit 0',
        ],
      },
    ],
  },
  {
    name: 'oidc-add --always-allow-idtoken',
    run: ['oidc-add --pw-env --always-allow-idtoken wlcg', 'oidc-token --id-token wlcg'],
    differs: [
      {
        id: 'id-token-scope',
        by: 'agent',
        c: [
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid profile storage.read:/ compute.read offline_access',
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid profile storage.read:/ compute.read offline_access',
        ],
        ours: [
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid profile storage.read:/ compute.read offline_access',
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid',
        ],
      },
    ],
  },
  {
    name: 'oidc-add when the refresh token is dead',
    behaviour: { rules: [{ endpoint: '/token', status: 400 }] },
    run: ['oidc-add --pw-env wlcg', 'oidc-add -a'],
    differs: [
      {
        id: 'unexpected-answer',
        by: 'agent',
        c: ['! Error: could not parse json'],
        ours: ['! Error: Received Http Status Code 400'],
      },
      ...failedAdd,
    ],
  },
  {
    name: 'oidc-add when the issuer is in trouble',
    behaviour: { rules: [{ endpoint: '/token', status: 503 }] },
    run: ['oidc-add --pw-env wlcg', 'oidc-add -a'],
    differs: [
      { id: 'exit-codes', by: 'ours/ours', c: ['exit 1'], ours: ['exit 75'] },
      {
        id: 'unexpected-answer',
        by: 'agent',
        c: ['! Error: could not parse json'],
        ours: ['! Error: Received Http Status Code 503'],
      },
      ...failedAdd,
    ],
  },
  {
    name: 'oidc-add of a file that is no account',
    accounts: [],
    files: { junk: 'no account\n' },
    run: ['oidc-add --pw-env junk'],
    differs: [
      {
        id: 'not-an-account',
        by: 'programs',
        c: ['! Error: reached maximum number of tries', '! Error: reached maximum number of tries'],
        ours: ['! Error: encryption malformed: this is not an account file'],
      },
    ],
  },
  {
    name: 'oidc-add -x, --lock, and -X, --unlock',
    loaded,
    agent: [],
    run: [
      atTerminal('oidc-add --lock', ['lock password: ', 'lock me'], ['lock password: ', 'lock me']),
      'oidc-token wlcg',
      'oidc-add -a',
      atTerminal('oidc-add -X', ['lock password: ', 'lock me']),
      'oidc-token wlcg',
    ],
    differs: [exitCode(77), exitCode(77)],
  },
  {
    name: 'oidc-add --unlock of an agent that is not locked',
    run: [atTerminal('oidc-add --unlock', ['lock password: ', 'lock me'])],
  },
  {
    name: 'oidc-add -c, --confirm where no user can be asked',
    run: ['oidc-add --pw-env --confirm wlcg', 'oidc-token wlcg'],
    differs: [exitCode(77)],
  },
  {
    name: 'oidc-add -g, --debug and -v, --verbose',
    run: ['-g', '--debug', '-v', '--verbose'].map(
      (option) => `oidc-add -p --pw-env ${option} wlcg 2> /dev/null | head -1`,
    ),
  },
  {
    name: 'oidc-add --remote without the address of an agent',
    run: ['unset OIDC_REMOTE_SOCK; oidc-add --remote -a'],
    differs: [
      exitCode(69),
      {
        id: 'empty-line',
        by: 'programs',
        c: [
          "! Error: Could not get the socket path from env var 'OIDC_REMOTE_SOCK'. Have you set the env var?",
          '!',
        ],
        ours: [
          "! Error: Could not get the socket path from env var 'OIDC_REMOTE_SOCK'. Have you set the env var?",
        ],
      },
    ],
  },
];

/** Options that oidc-agent 4 does not have. */
export const oidcAddSince5: readonly Scenario[] = [
  {
    name: 'oidc-add --pw-keyring of a kind that does not exist',
    run: ['oidc-add --pw-keyring=none wlcg'],
    expected: [
      '$ oidc-add --pw-keyring=none wlcg',
      "! oidc-add: option '--pw-keyring' needs one of desktop, kernel, not 'none'",
      "! Try `oidc-add --help' or `oidc-add --usage' for more information.",
      'exit 64',
    ],
  },
  {
    name: 'oidc-add --json -l',
    run: ['oidc-add --json -l'],
    expected: ['$ oidc-add --json -l', '> {"accounts":[{"name":"wlcg","loaded":false}]}', 'exit 0'],
  },
  {
    name: 'oidc-add --skip-check asks the issuer for nothing',
    run: ['oidc-add --pw-env --skip-check wlcg', 'oidc-add -a'],
    expected: [
      '$ oidc-add --pw-env --skip-check wlcg',
      '> success',
      'exit 0',
      '$ oidc-add -a',
      '> wlcg',
      'exit 0',
      '+ file .config/oidc-agent/issuer.config',
      '+   <issuer>/ wlcg',
      '+   (as JSON)',
    ],
  },
  {
    name: 'oidc-add -f, --force asks the agent again',
    loaded,
    run: ['oidc-add --pw-env -f -t 60 wlcg', 'oidc-add --pw-env --force wlcg'],
    expected: [
      '$ oidc-add --pw-env -f -t 60 wlcg',
      '> success',
      '! account already loaded. Lifetime set to 60 seconds.',
      'exit 0',
      '$ oidc-add --pw-env --force wlcg',
      '> success',
      '! account already loaded.',
      'exit 0',
    ],
  },
];
