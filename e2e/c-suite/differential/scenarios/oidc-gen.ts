import { atTerminal, badValue, type Difference, exitCode, type Scenario } from '../scenario.ts';

/** Never asks; the password comes from the environment. */
const quiet = '--pw-env --prompt=none --confirm-default';
const anew = { accounts: [] };
const gpgOptions = ['--pw-gpg', '--pw-pgp', '--gpg', '--pgp'];
const client = '--client-id=the-client --client-secret=its-secret';

const givenEndpoint: Difference = {
  id: 'given-endpoint',
  by: 'either',
  c: ['+   daeSetByUser: 0'],
  ours: ['+   daeSetByUser: 1'],
};

export const oidcGen: readonly Scenario[] = [
  {
    name: 'oidc-gen -w device registers, logs in, saves and loads',
    ...anew,
    run: [`oidc-gen -w device --iss $ISSUER --scope 'openid offline_access' ${quiet} new`, 'oidc-token new'],
    differs: [
      {
        id: 'first-token',
        by: 'agent',
        c: [],
        ours: [
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid offline_access',
        ],
      },
    ],
  },
  {
    name: 'oidc-gen --flow=device --issuer, several --scope',
    ...anew,
    run: [
      `oidc-gen --flow=device --issuer=$ISSUER --scope openid --scope offline_access --scope compute.read ${quiet} new`,
    ],
  },
  {
    name: 'oidc-gen --scope max',
    ...anew,
    run: [`oidc-gen -w device --iss $ISSUER --scope max ${quiet} new`],
  },
  {
    name: 'oidc-gen --scope-all, --scope-max',
    ...anew,
    run: [
      `oidc-gen -w device --iss $ISSUER --scope-all ${quiet} new`,
      `oidc-gen -w device --iss $ISSUER --scope-max ${quiet} newer`,
    ],
  },
  {
    name: 'oidc-gen without a slash at the end of the issuer',
    ...anew,
    run: [`oidc-gen -w device --iss \${ISSUER%/} --scope 'openid offline_access' ${quiet} new`],
  },
  {
    name: 'oidc-gen -m, --manual with --client-id and --client-secret',
    ...anew,
    run: [
      `oidc-gen -m -w device --iss $ISSUER ${client} --redirect-uri=http://localhost:4242 --scope 'openid offline_access' ${quiet} new`,
      'oidc-token new',
    ],
    differs: [
      {
        id: 'first-token',
        by: 'agent',
        c: [],
        ours: [
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid offline_access',
        ],
      },
    ],
  },
  {
    name: 'oidc-gen --redirect-url, --port',
    ...anew,
    run: [
      `oidc-gen --manual --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --redirect-url='http://localhost:4242 http://localhost:8080' --scope openid ${quiet} new`,
      `oidc-gen -m --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --port 8080 --scope openid ${quiet} newer`,
    ],
  },
  {
    name: 'oidc-gen --port out of range',
    ...anew,
    run: [`oidc-gen -m --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=80 --scope openid ${quiet} new`],
    differs: [exitCode(64)],
  },
  {
    name: 'oidc-gen -f, --file',
    ...anew,
    run: [
      `echo '{"client_id":"the-client","client_secret":"its-secret","redirect_uris":["http://localhost:4242"]}' > client`,
      `oidc-gen -f client --rt "$REFRESH_TOKEN" --iss $ISSUER --scope openid ${quiet} new`,
      `oidc-gen --file=client --rt "$REFRESH_TOKEN" --iss $ISSUER --scope openid ${quiet} newer`,
    ],
  },
  {
    name: 'oidc-gen --rt, --refresh-token',
    run: [
      `oidc-gen -m --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`,
      `oidc-gen -m --refresh-token="$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} newer`,
    ],
  },
  {
    name: 'oidc-gen --rt-env, --refresh-token-env',
    run: [
      `OIDC_REFRESH_TOKEN=$REFRESH_TOKEN oidc-gen -m --rt-env --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`,
      `oidc-gen -m --refresh-token-env=REFRESH_TOKEN --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} newer`,
      `oidc-gen -m --rt-env=NOPE --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} newest`,
    ],
  },
  {
    name: 'oidc-gen -w refresh with a bad refresh token',
    ...anew,
    run: [`oidc-gen -m --rt nope --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`],
    differs: [
      {
        id: 'no-secrets',
        by: 'c/ours',
        c: ['! Error: invalid_token: Refresh token for value nope was not found'],
        ours: ['! Error: invalid_token: Refresh token for value [secret] was not found'],
      },
      {
        id: 'no-secrets',
        by: 'programs',
        c: ['! Error: invalid_token: Refresh token for value nope was not found', 'exit 1'],
        ours: ['! Error: invalid_token: Refresh token for value [secret] was not found', 'exit 77'],
      },
    ],
  },
  {
    name: 'oidc-gen -w password, --op-username and --op-password',
    ...anew,
    run: [
      `oidc-gen -m -w password --op-username=test --op-password=password --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`,
    ],
  },
  {
    name: 'oidc-gen -w password with a wrong one',
    ...anew,
    run: [
      `oidc-gen -m -w password --op-username=test --op-password=wrong --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`,
    ],
  },
  {
    name: 'oidc-gen with an unknown flow',
    ...anew,
    run: [`oidc-gen -m -w nope --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`],
    differs: [
      {
        id: 'option-values',
        by: 'programs',
        c: ['> Generating account configuration ...', "! Error: Unknown flow 'nope'", 'exit 1'],
        ours: [
          "! oidc-gen: option '-w' needs one of code, device, password, refresh, not 'nope'",
          "! Try `oidc-gen --help' or `oidc-gen --usage' for more information.",
          'exit 64',
        ],
      },
    ],
  },
  {
    name: 'oidc-gen --only-at',
    ...anew,
    run: [`oidc-gen -m --only-at -w device --iss $ISSUER ${client} --port=4242 --scope openid ${quiet}`],
  },
  {
    name: 'oidc-gen --only-at with a refresh token',
    run: [
      `oidc-gen -m --only-at --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid ${quiet}`,
    ],
  },
  {
    name: 'oidc-gen --no-save',
    ...anew,
    run: [
      `oidc-gen -m --no-save -w device --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`,
      'oidc-add -a',
    ],
    differs: [
      {
        id: 'in-memory',
        by: 'ours/ours',
        c: [],
        ours: [
          '! The account is in memory only: its login ends with the agent, unless another program has its refresh token.',
        ],
      },
    ],
  },
  {
    name: 'oidc-gen --aud, --audience',
    ...anew,
    run: [
      `oidc-gen -m --aud=https://se.example -w device --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`,
      'oidc-token new',
      `oidc-gen -m --audience=https://se.example -w device --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} newer`,
    ],
    differs: [
      {
        id: 'first-token',
        by: 'agent',
        c: [],
        ours: [
          '@ POST | /token | (Basic) | audience=https://se.example | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid offline_access',
        ],
      },
    ],
  },
  {
    name: 'oidc-gen --cnid, --client-name-identifier',
    ...anew,
    run: [
      `oidc-gen --cnid=laptop -w device --iss $ISSUER --scope openid ${quiet} new`,
      `oidc-gen -m --client-name-identifier=laptop --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} newer`,
    ],
  },
  {
    name: 'oidc-gen --dae, --device-authorization-endpoint',
    ...anew,
    run: [
      `oidc-gen -m --dae=\${ISSUER}devicecode -w device --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`,
      `oidc-gen -m --device-authorization-endpoint=\${ISSUER}devicecode -w device --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} newer`,
    ],
    differs: [givenEndpoint, givenEndpoint],
  },
  {
    name: 'oidc-gen --cp, --cert-path, --cert-file',
    ...anew,
    run: [
      `oidc-gen -m --cp=/etc/ssl/certs/ca-certificates.crt --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`,
      `oidc-gen -m --cert-path=/etc/ssl/certs/ca-certificates.crt --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} newer`,
      `oidc-gen -m --cert-file=/etc/ssl/certs/ca-certificates.crt --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} newest`,
    ],
  },
  {
    name: 'oidc-gen --at, --access-token',
    ...anew,
    run: [
      `oidc-gen --at=nonsense -w device --iss $ISSUER --scope openid ${quiet} new`,
      `oidc-gen --access-token=nonsense -w device --iss $ISSUER --scope openid ${quiet} newer`,
    ],
    differs: [
      {
        id: 'registration-advice',
        by: 'programs',
        c: [
          '> Try using a public client ...',
          '! The following error occurred during dynamic client registration:',
        ],
        ours: [],
      },
      {
        id: 'registration-advice',
        by: 'programs',
        c: [
          '! Dynamic client registration not successful for this issuer and could not find a public client for this issuer.',
        ],
        ours: [],
      },
      {
        id: 'registration-advice',
        by: 'programs',
        c: [
          '> Try using a public client ...',
          '! The following error occurred during dynamic client registration:',
        ],
        ours: [],
      },
      {
        id: 'registration-advice',
        by: 'programs',
        c: [
          '! Dynamic client registration not successful for this issuer and could not find a public client for this issuer.',
        ],
        ours: [],
      },
    ],
  },
  {
    name: 'oidc-gen --pub without a public client',
    ...anew,
    run: [`oidc-gen --pub -w device --iss $ISSUER --scope openid ${quiet} new`],
    differs: [
      {
        id: 'discovery',
        by: 'programs',
        c: [],
        ours: ['@ GET | /.well-known/openid-configuration'],
      },
    ],
  },
  {
    name: 'oidc-gen --pw-cmd, --pw-file',
    ...anew,
    run: [
      `oidc-gen -m --pw-cmd="echo 'correct horse'" --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid --prompt=none --confirm-default new`,
      `echo 'correct horse' > pw; oidc-gen -m --pw-file=pw --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid --prompt=none --confirm-default newer`,
    ],
  },
  {
    name: 'oidc-gen asks for the encryption password',
    ...anew,
    run: [
      atTerminal(
        `oidc-gen -m --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope openid --pw-prompt=cli new`,
        ["configuration 'new': ", 'correct horse'],
        ['assword: ', 'correct horse'],
      ),
    ],
    differs: [
      {
        id: 'prompts',
        by: 'programs',
        c: ['| Confirm encryption Password: '],
        ours: ['| Confirm encryption password: '],
      },
      {
        id: 'gen-messages',
        by: 'programs',
        c: [
          "| The generated account config was successfully added to oidc-agent. You don't have to run oidc-add.",
          "| Enter encryption password for account configuration 'new': ",
          '| Confirm encryption password: ',
        ],
        ours: [
          "| Enter encryption password for account configuration 'new': ",
          '| Confirm encryption password: ',
          "| The generated account config was successfully added to oidc-agent. You don't have to run oidc-add.",
        ],
      },
    ],
  },
  {
    name: 'oidc-gen asks for what is missing',
    ...anew,
    run: [
      atTerminal(
        `oidc-gen -m --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --pw-env --prompt=cli`,
        ['configure: ', 'new'],
        ['[openid profile offline_access]: ', 'openid'],
      ),
    ],
  },
  {
    name: 'oidc-gen --prompt=none with nothing given',
    ...anew,
    run: [`oidc-gen ${quiet}`, `oidc-gen ${quiet} new`, `oidc-gen -m ${quiet} --iss $ISSUER new`],
    differs: [exitCode(64), exitCode(64), exitCode(64)],
  },
  {
    name: 'oidc-gen -l, --accounts',
    accounts: ['b', 'a'],
    run: ['oidc-gen -l', 'oidc-gen --accounts'],
  },
  {
    name: 'oidc-gen -p, --print',
    run: [
      'oidc-gen -p wlcg --pw-env',
      'oidc-gen --print=wlcg --pw-env',
      'oidc-gen -p $HOME/.config/oidc-agent/wlcg --pw-env',
    ],
  },
  {
    name: 'oidc-gen -p with a wrong password',
    run: ['OIDC_ENCRYPTION_PW=wrong oidc-gen -p wlcg --pw-env'],
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
    name: 'oidc-gen -p of a file that is not there',
    run: ['oidc-gen -p nope --pw-env', 'oidc-gen -p /nope --pw-env'],
  },
  {
    name: 'oidc-gen -u, --update',
    run: ['oidc-gen -u wlcg --pw-env', 'oidc-gen --update=wlcg --pw-env'],
  },
  {
    name: 'oidc-gen -u of a file that is not there',
    run: ['oidc-gen -u nope --pw-env'],
    differs: [
      {
        id: 'missing-file',
        by: 'programs',
        c: ['! Error: could not open file', 'exit 250'],
        ours: ['! Error: could not open file - file does not exist', 'exit 1'],
      },
    ],
  },
  {
    name: 'oidc-gen --rename',
    loaded: ['wlcg'],
    run: ['oidc-gen --rename=renamed wlcg --pw-env', 'oidc-add -l'],
  },
  {
    name: 'oidc-gen --rename to a name that is taken',
    accounts: ['wlcg', 'other'],
    run: ['oidc-gen --rename=other wlcg --pw-env'],
  },
  {
    name: 'oidc-gen --rename of an account that is not there',
    run: ['oidc-gen --rename=new nope --pw-env'],
  },
  {
    name: 'oidc-gen -d, --delete',
    accounts: ['wlcg', 'other'],
    loaded: ['wlcg'],
    run: [
      'oidc-gen -d wlcg --pw-env --confirm-yes',
      'oidc-gen --delete other --pw-env --confirm-yes',
      'oidc-add -l',
    ],
    differs: [
      {
        id: 'gen-messages',
        by: 'programs',
        c: [
          '$ oidc-gen --delete other --pw-env --confirm-yes',
          "> The generated account was successfully removed from oidc-agent. You don't have to run oidc-add.",
        ],
        ours: ['$ oidc-gen --delete other --pw-env --confirm-yes'],
      },
      { id: 'list-heading', by: 'programs', c: ['>'], ours: [] },
    ],
  },
  {
    name: 'oidc-gen -d --confirm-no',
    run: ['oidc-gen -d wlcg --pw-env --confirm-no'],
    differs: [
      {
        id: 'delete-refused',
        by: 'programs',
        c: ['exit 0'],
        ours: ["! Error: The account 'wlcg' was not deleted", 'exit 1'],
      },
    ],
  },
  {
    name: 'oidc-gen -d of an account that is not there',
    run: ['oidc-gen -d nope --pw-env --confirm-yes', 'oidc-gen -d'],
  },
  {
    name: 'oidc-gen --reauthenticate',
    run: ['oidc-gen --reauthenticate wlcg -w device --pw-env --prompt=none --confirm-default'],
    differs: [
      {
        id: 'issuer-config',
        by: 'programs',
        c: [
          '+ file .config/oidc-agent/issuer.config',
          '+   <issuer>/ wlcg',
          '+   (as lines)',
          'mode of .config/oidc-agent/issuer.config: 644',
        ],
        ours: [],
      },
    ],
  },
  {
    name: 'oidc-gen --reauthenticate of an account that is not there',
    run: ['oidc-gen --reauthenticate nope --pw-env --prompt=none'],
  },
  {
    name: 'oidc-gen of a name that is taken',
    run: [`oidc-gen -m -w device --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} wlcg`],
    differs: [
      {
        id: 'overwrite',
        by: 'programs',
        c: [
          '> Generating account configuration ...',
          '> accepted',
          '> Everything setup correctly!',
          '!',
          '! Using a browser on any device, visit:',
          '! <issuer>/device',
          '!',
          '! And enter the code: <user code 1>',
          '! Alternatively you can use the following QR code to visit the above listed URL.',
          '! <QR code>',
          'exit 0',
          '+ file .config/oidc-agent/issuer.config',
          '+   <issuer>/ wlcg',
          '+   (as lines)',
          'mode of .config/oidc-agent/issuer.config: 644',
          '+ file .config/oidc-agent/wlcg',
          '+   audience: ',
          '+   cert_path: /etc/ssl/certs/ca-certificates.crt',
          '+   client_id: the-client',
          '+   client_name: oidc-agent:wlcg-host',
          '+   client_secret: its-secret',
          '+   daeSetByUser: 0',
          '+   device_authorization_endpoint: <issuer>/devicecode',
          '+   issuer_url: <issuer>/',
          '+   name: wlcg',
          '+   password: ',
          '+   redirect_uris: ["http://localhost:4242"]',
          '+   refresh_token: <refresh token 1>',
          '+   scope: openid offline_access',
          '+   username: ',
          'mode of .config/oidc-agent/wlcg: 600',
          '@ GET | /.well-known/openid-configuration',
          '@ POST | /devicecode | (Basic) | client_id=the-client | scope=openid offline_access',
          '@ GET | /.well-known/openid-configuration',
          '@ POST | /token | (Basic) | device_code=<id 1> | grant_type=urn:ietf:params:oauth:grant-type:device_code',
        ],
        ours: ['! Error: An account with that shortname is already configured', 'exit 1'],
      },
    ],
  },
  {
    name: 'oidc-gen without an agent',
    accounts: [],
    run: [
      `OIDC_SOCK=/nowhere oidc-gen -m -w device --iss $ISSUER ${client} --port=4242 --scope openid ${quiet} new`,
    ],
    differs: [exitCode(69)],
  },
  {
    name: 'oidc-gen --codeExchange with an address that is none',
    run: [
      'oidc-gen --codeExchange=nonsense --pw-env',
      "oidc-gen --codeExchange='http://localhost:4242/?code=a' --pw-env",
      "oidc-gen --codeExchange='http://localhost:4242/?code=a&state=b' --pw-env",
    ],
    differs: [
      { id: 'unknown-state', by: 'agent', c: ['! Error: state malformed'], ours: ['! Error: wrong state'] },
    ],
  },
  {
    name: 'oidc-gen --state that is unknown',
    run: ['oidc-gen --state=nope-nope --pw-env'],
    differs: [
      {
        id: 'unknown-state',
        by: 'programs',
        c: ['! Error: wrong state'],
        ours: ['! Error: No loaded account info found for state=nope-nope'],
      },
    ],
  },
  {
    name: 'oidc-gen -w code with --no-webserver --no-url-call',
    ...anew,
    run: [
      `oidc-gen -m -w code --no-webserver --no-url-call --no-scheme --iss $ISSUER ${client} --port=4242 --scope 'openid offline_access' ${quiet} new`,
    ],
    differs: [
      {
        id: 'paste-the-address',
        by: 'programs',
        c: [],
        ours: [
          '+ file .config/oidc-agent/.oidc-gen-login-<hash>',
          '+   (encrypted)',
          'mode of .config/oidc-agent/.oidc-gen-login-<hash>: 600',
        ],
      },
    ],
  },
  {
    name: 'oidc-gen with an unknown option',
    run: ['oidc-gen --nope', 'oidc-gen one two', 'oidc-gen --prompt=nope', 'oidc-gen --pw-prompt=nope'],
    differs: [
      badValue('oidc-gen: --prompt', "oidc-gen: option '--prompt' needs one of cli, gui, none, not 'nope'"),
      badValue(
        'oidc-gen: --pw-prompt',
        "oidc-gen: option '--pw-prompt' needs one of cli, gui, none, not 'nope'",
      ),
    ],
  },
  {
    name: 'oidc-gen -g, --debug, -v, --verbose',
    run: ['oidc-gen -g -l', 'oidc-gen --debug -l', 'oidc-gen -v -l', 'oidc-gen --verbose -l'],
  },
  {
    name: 'oidc-gen -u with a GPG key that is not there: --pw-gpg, --pw-pgp, --gpg, --pgp',
    run: gpgOptions.map(
      (option) => `GNUPGHOME=$TMPDIR oidc-gen -u wlcg --pw-env ${option}=nope 2> /dev/null`,
    ),
    differs: gpgOptions.map(() => ({
      id: 'gpg-failure',
      by: 'programs',
      c: ['> Updated config file format', 'exit 0'],
      ours: ['exit 1'],
    })),
  },
];

/** Options that oidc-agent 4 does not have. */
export const oidcGenSince5: readonly Scenario[] = [
  {
    name: 'oidc-gen --insecure-http of a public host',
    run: ['oidc-gen --insecure-http=iam.example --iss=http://iam.example/ new'],
    expected: [
      '$ oidc-gen --insecure-http=iam.example --iss=http://iam.example/ new',
      "! Error: 'iam.example' cannot be the host of --insecure-http: it is neither a name without a dot nor a private IP address",
      'exit 64',
    ],
  },
  {
    name: 'oidc-gen --pw-keyring of a kind that does not exist',
    run: ['oidc-gen --pw-keyring=none wlcg'],
    expected: [
      '$ oidc-gen --pw-keyring=none wlcg',
      "! oidc-gen: option '--pw-keyring' needs one of desktop, kernel, not 'none'",
      "! Try `oidc-gen --help' or `oidc-gen --usage' for more information.",
      'exit 64',
    ],
  },
  ...['--oauth2', '--oauth'].map((option) =>
    withRefreshToken(option, 'storage.read:/', 'storage.read:/ offline_access', [
      '+   config_endpoint: ',
      '+   oauth: 16',
    ]),
  ),
  ...['--configuration-endpoint', '--config-endpoint', '--discovery-endpoint'].map((option) =>
    withRefreshToken(
      `${option}=\${ISSUER}.well-known/openid-configuration`,
      'openid',
      'openid offline_access',
      ['+   config_endpoint: <issuer>/.well-known/openid-configuration', '+   oauth: 0'],
    ),
  ),
];

/** The mytoken flows are tested against a server of their own (mytoken.test.ts). */
export const mytokenSince5: readonly Scenario[] = [
  ...['--mytoken-url', '--mytoken-issuer'].map((option) => `${option}=http://localhost:1/`),
  ...['--mytoken', '--mytoken-profile'].map(
    (option) => `${option}=web-default --mytoken-url=http://localhost:1/`,
  ),
].map((options): Scenario => {
  const line = `oidc-gen ${options} --iss $ISSUER --scope openid ${quiet} new`;
  const text = '! Error: could not connect to url: localhost:1: connection refused';
  return {
    name: `oidc-gen ${options} without a server`,
    ...anew,
    run: [line],
    expected: [`$ ${line}`, text, 'exit 69'],
  };
});

/** `oidc-gen --rt` with one option more, and what that adds to the account. */
function withRefreshToken(
  option: string,
  asked: string,
  scope: string,
  members: readonly string[],
): Scenario {
  const line = `oidc-gen -m ${option} --rt "$REFRESH_TOKEN" --iss $ISSUER ${client} --port=4242 --scope ${asked} ${quiet} new`;
  const account = [
    `+   auth_scope: ${scope}`,
    '+   client_id: the-client',
    '+   client_name: oidc-agent:new-<host>',
    '+   client_secret: its-secret',
    '+   device_authorization_endpoint: <issuer>/devicecode',
    '+   issuer_url: <issuer>/',
    '+   name: new',
    '+   redirect_uris: ["http://localhost:4242"]',
    `+   refresh_scope: ${scope}`,
    '+   refresh_token: <refresh token 1>',
    `+   scope: ${scope}`,
    ...['audience', 'cert_path', 'mytoken_url', 'password', 'username'].map((member) => `+   ${member}: `),
    ...['daeSetByUser', 'uses_pub_client'].map((member) => `+   ${member}: 0`),
    ...members,
  ];
  return {
    name: `oidc-gen ${option}`,
    ...anew,
    run: [line],
    expected: [
      `$ ${line}`,
      '> No account exists with this short name. Creating new configuration ...',
      '> Generating account configuration ...',
      '> success',
      "> The generated account config was successfully added to oidc-agent. You don't have to run oidc-add.",
      '> Everything setup correctly!',
      'exit 0',
      '+ file .config/oidc-agent/issuer.config',
      '+   <issuer>/ new',
      '+   (as JSON)',
      '+ file .config/oidc-agent/new',
      ...account.sort(),
      `@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=${scope}`,
    ],
  };
}
