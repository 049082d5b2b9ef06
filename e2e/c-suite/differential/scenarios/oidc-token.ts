import { badValue, type Difference, exitCode, type Scenario } from '../scenario.ts';

const loaded = ['wlcg'];

/** The word of `oidc-add` without an agent. */
const noAgent: Difference = {
  id: 'no-agent',
  by: 'programs',
  c: ['! Error: did not receive any response'],
  ours: ['! Error: Could not connect to oidc-agent'],
};

export const oidcToken: readonly Scenario[] = [
  {
    name: 'oidc-token NAME gives the same token until it expires',
    loaded,
    run: ['oidc-token wlcg', 'oidc-token wlcg'],
  },
  {
    name: 'oidc-token -f, --force-new',
    loaded,
    run: ['oidc-token wlcg', 'oidc-token -f wlcg', 'oidc-token --force-new wlcg', 'oidc-token wlcg'],
  },
  {
    name: 'oidc-token -t, --time',
    loaded,
    run: ['oidc-token wlcg', 'oidc-token -t 60 wlcg', 'oidc-token --time=4000 wlcg'],
    differs: [
      {
        id: 'unreachable-time',
        by: 'ours/ours',
        c: [],
        ours: [
          '! warning: new tokens of this issuer are valid for <lifetime> s, never for the 4000 s that you asked for',
        ],
      },
    ],
  },
  {
    name: 'oidc-token -t with no number',
    loaded,
    run: ['oidc-token -t x wlcg'],
    differs: [badValue('oidc-token: -t', "oidc-token: option '-t' needs a whole number, not 'x'")],
  },
  {
    name: 'oidc-token -s, --scope',
    loaded,
    run: ['oidc-token -s storage.read:/ wlcg', 'oidc-token -s compute.read --scope openid wlcg'],
  },
  {
    name: 'oidc-token -s with several scopes in one word',
    loaded,
    run: ["oidc-token -s 'storage.read:/ compute.read' wlcg"],
  },
  {
    name: 'oidc-token -s with a path below one that the account has',
    loaded,
    run: ['oidc-token -s storage.read:/data wlcg'],
  },
  {
    name: 'oidc-token -s with a scope that the account does not have',
    loaded,
    run: ['oidc-token -s storage.modify:/ wlcg'],
    differs: [
      {
        id: 'hints',
        by: 'agent',
        c: [
          '! We cannot get these scopes with the current configuration. To get these scopes you might need to adapt the account configuration with',
          '! \t$ oidc-gen -m wlcg',
          '! but it also might be necessary to change the client configuration with the OpenID provider.',
        ],
        ours: [],
      },
    ],
  },
  {
    name: 'oidc-token -s twice: a narrowed token is kept',
    loaded,
    run: ['oidc-token -s storage.read:/ wlcg', 'oidc-token -s storage.read:/ wlcg'],
    differs: [
      {
        id: 'narrowed-tokens',
        by: 'agent',
        c: ['> <access token 2: scope storage.read:/; aud https://wlcg.cern.ch/jwt/v1/any>'],
        ours: ['> <access token 1: scope storage.read:/; aud https://wlcg.cern.ch/jwt/v1/any>'],
      },
      {
        id: 'narrowed-tokens',
        by: 'agent',
        c: [
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=storage.read:/',
        ],
        ours: [],
      },
    ],
  },
  {
    name: 'oidc-token --aud',
    loaded,
    run: ['oidc-token --aud https://se.example wlcg'],
  },
  {
    name: 'oidc-token --aud with several audiences',
    loaded,
    run: ["oidc-token --aud 'https://se1.example se2.example' wlcg"],
  },
  {
    name: 'oidc-token --aud twice: the last one counts',
    loaded,
    run: ['oidc-token --aud one --aud two wlcg'],
  },
  {
    name: 'oidc-token -a, --all',
    loaded,
    run: ['oidc-token -a wlcg', 'oidc-token --all wlcg'],
  },
  {
    name: 'oidc-token -c, --env',
    loaded,
    run: ['oidc-token -c wlcg', 'oidc-token --env wlcg'],
  },
  {
    name: 'oidc-token -o, --token',
    loaded,
    run: [
      'oidc-token -o wlcg',
      'oidc-token --token wlcg',
      'oidc-token -oTOKEN wlcg',
      'oidc-token --token=TOKEN wlcg',
    ],
  },
  {
    name: 'oidc-token -i, --issuer',
    loaded,
    run: [
      'oidc-token -i wlcg',
      'oidc-token --issuer wlcg',
      'oidc-token -iISS wlcg',
      'oidc-token --issuer=ISS wlcg',
    ],
  },
  {
    name: 'oidc-token -e, --expires-at',
    loaded,
    run: [
      'oidc-token -e wlcg',
      'oidc-token --expires-at wlcg',
      'oidc-token -eEXP wlcg',
      'oidc-token --expires-at=EXP wlcg',
    ],
  },
  {
    name: 'oidc-token -o, -i and -e together',
    loaded,
    run: [
      'oidc-token -o -i wlcg',
      'oidc-token -e -i wlcg',
      'oidc-token -eE -oT wlcg',
      'oidc-token -oie wlcg',
    ],
  },
  {
    name: 'oidc-token -a wins over -c and -i',
    loaded,
    run: ['oidc-token -a -c -i wlcg'],
  },
  {
    name: 'oidc-token -e of a narrowed token',
    loaded,
    run: ['oidc-token -e -s storage.read:/ wlcg'],
  },
  {
    name: 'oidc-token --name',
    loaded,
    run: ['oidc-token --name my-app wlcg'],
  },
  {
    name: 'oidc-token --id-token that the user does not allow',
    loaded,
    run: ['oidc-token --id-token wlcg'],
    differs: [exitCode(77)],
  },
  {
    name: 'oidc-token --id-token that the agent always allows',
    loaded,
    agent: ['--always-allow-idtoken'],
    run: ['oidc-token --id-token wlcg'],
    differs: [
      {
        id: 'id-token-scope',
        by: 'agent',
        c: [
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid profile storage.read:/ compute.read offline_access',
        ],
        ours: [
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid',
        ],
      },
    ],
  },
  {
    name: 'oidc-token: eval of what -c prints',
    loaded,
    run: ['eval "$(oidc-token -c wlcg)"; echo "$OIDC_AT $OIDC_ISS $OIDC_EXP"'],
  },
  {
    name: 'oidc-token of an account that is not there',
    run: ['oidc-token nope'],
  },
  {
    name: 'oidc-token of an account that is not loaded',
    run: ['oidc-token wlcg'],
    differs: [exitCode(77)],
  },
  {
    name: 'oidc-token of an issuer that no account is for',
    run: ['oidc-token https://nope.example/'],
    differs: [exitCode(77)],
  },
  {
    name: 'oidc-token without an agent',
    run: ['OIDC_SOCK=/nowhere oidc-token wlcg'],
    differs: [noAgent, exitCode(69)],
  },
  {
    name: 'oidc-token without OIDC_SOCK',
    run: ['unset OIDC_SOCK; oidc-token wlcg'],
    differs: [noAgent, exitCode(69)],
  },
  {
    name: 'oidc-token without a name, or with two',
    run: ['oidc-token', 'oidc-token one two', "oidc-token ''"],
    differs: [
      {
        id: 'empty-name',
        by: 'programs',
        c: ['! Error: Not yet implemented', 'exit 1'],
        ours: [
          '! Usage: oidc-token [OPTION...] ACCOUNT_SHORTNAME | ISSUER_URL',
          "! Try `oidc-token --help' or `oidc-token --usage' for more information.",
          'exit 64',
        ],
      },
    ],
  },
  {
    name: 'oidc-token with an unknown option',
    run: ['oidc-token --nope wlcg', 'oidc-token -Z wlcg'],
  },
  {
    name: 'oidc-token with an option without its argument',
    run: ['oidc-token wlcg --aud', 'oidc-token wlcg -s'],
  },
  {
    name: 'oidc-token with an argument that an option does not take',
    run: ['oidc-token --all=yes wlcg'],
  },
  {
    name: 'oidc-token with shortened options',
    loaded,
    run: ['oidc-token --tok wlcg', 'oidc-token --forc wlcg', 'oidc-token --i wlcg'],
  },
  {
    name: 'oidc-token with clustered options',
    loaded,
    run: ['oidc-token -fa wlcg', 'oidc-token -fsopenid wlcg'],
  },
  {
    name: 'oidc-token with options after the name, and --',
    loaded,
    run: ['oidc-token wlcg -a', 'oidc-token -- wlcg'],
  },
  {
    name: 'oidc-token when the refresh token is dead',
    loaded,
    behaviour: { rules: [{ endpoint: '/token', status: 400 }] },
    run: ['oidc-token -f wlcg'],
    differs: [
      {
        id: 'unexpected-answer',
        by: 'agent',
        c: ['! Error: could not parse json'],
        ours: ['! Error: Received Http Status Code 400'],
      },
    ],
  },
  {
    name: 'oidc-token when the issuer is in trouble',
    loaded,
    behaviour: { rules: [{ endpoint: '/token', status: 503 }] },
    run: ['oidc-token -f wlcg'],
    differs: [
      {
        id: 'unexpected-answer',
        by: 'c/ours',
        c: ['! Error: could not parse json'],
        ours: ['! Error: Received Http Status Code 503'],
      },
      {
        id: 'unexpected-answer',
        by: 'ours/ours',
        c: ['! Error: could not parse json', 'exit 1'],
        ours: ['! Error: Received Http Status Code 503', 'exit 75'],
      },
    ],
  },
  {
    name: 'oidc-token when the issuer answers with a page',
    loaded,
    behaviour: { rules: [{ endpoint: '/token', body: 'html' }] },
    run: ['oidc-token -f wlcg'],
    differs: [
      {
        id: 'unexpected-answer',
        by: 'agent',
        c: ['! Error: could not parse json'],
        ours: ['! Error: Provider answered with unexpected response, JSON expected'],
      },
      {
        id: 'lost-answer',
        by: 'agent',
        c: [],
        ours: [
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid profile storage.read:/ compute.read',
        ],
      },
    ],
  },
  {
    name: 'oidc-token when the issuer answers with nothing',
    loaded,
    behaviour: { rules: [{ endpoint: '/token', body: 'empty' }] },
    run: ['oidc-token -f wlcg'],
    differs: [
      {
        id: 'unexpected-answer',
        by: 'agent',
        c: ['! Error: could not parse json'],
        ours: ['! Error: Provider answered with unexpected response, JSON expected'],
      },
      {
        id: 'lost-answer',
        by: 'agent',
        c: [],
        ours: [
          '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid profile storage.read:/ compute.read',
        ],
      },
    ],
  },
  {
    name: 'oidc-token when the issuer does not say how long a token lives',
    loaded,
    behaviour: { rules: [{ endpoint: '/token', omit: 'expires_in' }] },
    run: ['oidc-token -f -e wlcg'],
  },
  {
    name: 'oidc-token saves a refresh token that the issuer has rotated',
    behaviour: { rotation: 'rotate' },
    run: ['oidc-add --pw-env --pw-store wlcg', 'oidc-token -f wlcg', 'oidc-token -f wlcg'],
  },
];

/** Options that oidc-agent 4 does not have. */
export const oidcTokenSince5: readonly Scenario[] = [
  {
    name: 'oidc-token --json, with an error',
    loaded,
    run: ['oidc-token --json nope'],
    expected: [
      '$ oidc-token --json nope',
      `! {"error":"No account configured with that short name","kind":"unknown-account","hints":["there is no account 'nope'; list your accounts: oidc-add -l","create it: oidc-gen -w device nope"],"exit_code":1}`,
      'exit 1',
    ],
  },
  {
    name: 'oidc-token --bearer',
    loaded,
    run: ['oidc-token --bearer wlcg'],
    expected: [
      '$ oidc-token --bearer wlcg',
      '> Bearer <access token 1: scope openid profile storage.read:/ compute.read; aud https://wlcg.cern.ch/jwt/v1/any>',
      'exit 0',
    ],
  },
  {
    name: 'oidc-token --auth-header, --auth',
    loaded,
    run: ['oidc-token --auth-header wlcg', 'oidc-token --auth wlcg'],
    expected: ['--auth-header', '--auth'].flatMap((option) => [
      `$ oidc-token ${option} wlcg`,
      '> Authorization: Bearer <access token 1: scope openid profile storage.read:/ compute.read; aud https://wlcg.cern.ch/jwt/v1/any>',
      '> (no line end)',
      'exit 0',
    ]),
  },
  ...['--mytoken', '--MT', '-m', '--mytoken=web-default'].map(
    (option): Scenario => ({
      name: `oidc-token ${option} of an account without one`,
      loaded,
      run: [`oidc-token ${option} wlcg`],
      expected: [`$ oidc-token ${option} wlcg`, '! Error: Not a valid mytoken configuration', 'exit 1'],
    }),
  ),
];
