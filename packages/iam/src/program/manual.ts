/** The manual page beyond the options. The build makes the page, and the completion, as for the other programs. */
import packageJson from '../../package.json' with { type: 'json' };
import { program } from './option-table.ts';

export const manual = {
  program,
  system: `jeton-iam ${packageJson.version}`,
  description: [
    'Starts a server for this machine that behaves like INDIGO IAM, closely enough to develop and test clients: dynamic registration, the device flow with its pages, WLCG tokens, the error answers of IAM. It needs no database and no configuration.',
    'Not for production: the passwords of its users test and admin are public, and without --data it forgets everything when it stops. It stops on SIGINT or SIGTERM.',
    'Its rules, configuration members and control endpoints are in docs/iam-reference.md.',
  ],
  environment: [],
  files: [],
  exitCodes: [0, 1, 64],
  examples: [
    ['jeton-iam', 'Start it at http://localhost:8080/.'],
    ['jeton-iam --auto-approve test', 'Approve all requests as the user test, without a browser.'],
    ['jeton-iam --config iam.yaml --data state.db', 'With users of your own, and state that lasts.'],
    ['jeton-iam --tls-self-signed iam.pem', 'With https; oidc-gen --cp=iam.pem trusts it.'],
    ['jeton-iam --behave poll=slow_down,times=2', 'Tell the first two polls of a device to slow down.'],
    ['jeton-iam --port 0 --json --until-stdin-closes', 'For a test that starts it through a pipe.'],
  ],
  seeAlso: ['oidc-gen', 'oidc-token', 'jeton'],
} as const;
