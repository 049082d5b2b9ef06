import { program } from '../../programs/oidc-tokensh/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Runs a command beside a file that holds a valid access token for as long as the command runs. The command finds the file by BEARER_TOKEN_FILE in its environment.',
    'The token is renewed by an agent; where none runs, one is started for the command alone. The file is replaced as a whole, can be read by its owner only, and is removed at the end.',
    'The exit code is that of the command, 128 and the number of the signal that ended it, 127 if it is not there, and 3 if there is no telling which account is meant.',
  ],
  environment: ['OIDC_SOCK', 'BEARER_TOKEN_FILE', 'XDG_RUNTIME_DIR', 'SHELL'],
  files: ['~/.config/oidc-agent/NAME'],
  examples: [
    ['oidc-tokensh -- rucio download user.me:dataset', 'Run a program with the token of the only account.'],
    ['oidc-tokensh --env -- gfal-ls https://se.example.org/', 'Run a program that reads BEARER_TOKEN alone.'],
    ['oidc-tokensh --oidc wlcg', 'A shell with the token of the account wlcg, until it is left.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-token'],
};
