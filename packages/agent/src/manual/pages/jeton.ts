import { program } from '../../programs/jeton/command-line.ts';
import { commands } from '../../programs/jeton/commands.ts';
import { type Manual, NETWORK_VARIABLES } from '../manual.ts';

const loaded = Object.values(commands).map(async ({ summary, load }) => ({
  summary,
  program: (await load()).program,
}));

export const manual: Manual = {
  program,
  commands: await Promise.all(loaded),
  description: [
    'At a terminal, jeton without a command shows your accounts and what you can do with them; if you have none, it asks what jeton login asks. That command keeps a login in an account, which an agent holds: it starts an agent if none runs. The other commands need no agent.',
    'A command takes each setting from its options, else from the environment, else from the discovery document of the issuer.',
    'No option takes a secret, because every user of the computer can see the options of a running program.',
  ],
  environment: [
    'IAM_HOSTNAME',
    'IAM_CLIENT_ID',
    'IAM_CLIENT_SECRET',
    'IAM_CLIENT_SCOPES',
    'IAM_CLIENT_AUDIENCE',
    'IAM_USER',
    'IAM_PASSWORD',
    'REFRESH_TOKEN',
    'IAM_SUBJECT_TOKEN',
    ...NETWORK_VARIABLES,
  ],
  files: [],
  examples: [
    ['jeton login', 'Log in, and keep the login in an account of the agent.'],
    [
      'jeton register --issuer=https://wlcg.cloud.cnaf.infn.it/ --out=client.json',
      'Register a client, and keep it in a file.',
    ],
    [
      'jeton device-code --issuer=https://wlcg.cloud.cnaf.infn.it/ --client-id=ID',
      'Log in with a browser on any device, and print a token.',
    ],
    ['oidc-token wlcg | jeton inspect', 'Decode a token.'],
    [
      'jeton completion bash > ~/.jeton-completion.bash',
      'Write a completion script for bash; load it with . ~/.jeton-completion.bash in ~/.bashrc.',
    ],
  ],
  seeAlso: ['oidc-agent', 'oidc-gen', 'oidc-token'],
};
