import { program } from '../../programs/oidc-tokensh/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Runs a command, and keeps a valid access token in a file while the command runs. The command finds the file by BEARER_TOKEN_FILE in its environment.',
    'An agent renews the token; if none runs, oidc-tokensh starts one for this command. oidc-tokensh replaces the file as a whole, makes it readable by its owner only, and removes it at the end.',
    'The exit code is that of the command, 128 plus the number of the signal that ended it, 127 if the command does not exist, and 3 if oidc-tokensh cannot tell which account to use.',
  ],
  environment: ['OIDC_SOCK', 'BEARER_TOKEN_FILE', 'XDG_RUNTIME_DIR', 'SHELL'],
  files: ['~/.config/oidc-agent/NAME'],
  examples: [
    ['oidc-tokensh -- rucio download user.me:dataset', 'Run a program with the token of the only account.'],
    ['oidc-tokensh --env -- gfal-ls https://se.example.org/', 'Run a program that reads BEARER_TOKEN alone.'],
    ['oidc-tokensh --oidc wlcg', 'Run a shell with a token of the account wlcg.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-token'],
};
