import { defineProgram } from '@jeton/client/options';

export const program = defineProgram({
  name: 'oidc-agent',
  argsDoc: '',
  doc: 'Hold accounts in memory and give access tokens to the programs of their owner',
  positionals: { min: 0, max: 0 },
  options: {
    'General:': {
      kill: { short: 'k', doc: 'End the running agent, whose process id is in $OIDCD_PID' },
      lifetime: {
        short: 't',
        arg: 'TIME',
        integer: true,
        doc: 'Forget an account TIME seconds after it was loaded; 0 keeps it for ever (default)',
      },
      'no-autoload': { doc: 'Never load an account only because a token is asked for' },
      'socket-path': {
        short: 'a',
        aliases: ['bind-address'],
        arg: 'PATH',
        doc: 'Create the socket at PATH; if that ends with a slash, in that folder. XXXXXX at the end of a folder is replaced by something unique',
      },
      'always-allow-idtoken': { doc: 'Give ID tokens without asking' },
      json: { doc: 'Print the socket and the process id, or the status, as JSON' },
    },
    'Internal:': {
      console: { short: 'd', doc: 'Stay in the foreground' },
      status: { doc: 'Connect to the running agent and print its status' },
    },
  },
});
