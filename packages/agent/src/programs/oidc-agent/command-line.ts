import { defineProgram } from '@jeton/client/options';

const notYet = 'it is not there yet';

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
      confirm: { short: 'c', doc: 'Ask the person, in a window, before a program gets a token' },
      'no-autoload': { doc: 'Never load an account only because a token is asked for' },
      'no-autoreauthenticate': {
        aliases: ['no-auto-reauthenticate'],
        unavailable: notYet,
        doc: 'Never start a new login by itself',
      },
      'no-webserver': { unavailable: notYet, doc: 'Take no redirects from a browser' },
      'no-scheme': { unavailable: notYet, doc: 'Take no redirects by the custom scheme' },
      'with-group': {
        arg: 'GROUP_NAME',
        optional: true,
        unavailable: notYet,
        doc: 'Let the members of a group use the agent',
      },
      'restart-on-update': { unavailable: notYet, doc: 'Start again when the program is replaced' },
      'pid-file': { arg: 'PATH', unavailable: notYet, doc: 'Write the process id to PATH' },
      quiet: { unavailable: notYet, doc: 'Leave out the line that tells the process id' },
      'socket-path': {
        short: 'a',
        aliases: ['bind-address'],
        arg: 'PATH',
        doc: 'Create the socket at PATH; if that ends with a slash, in that folder. XXXXXX at the end of a folder is replaced by something unique',
      },
      'always-allow-idtoken': { doc: 'Give ID tokens without asking' },
      'auto-start': { hidden: true, doc: 'Start the agent for a client that has found none' },
      json: { doc: 'Print the socket and the process id, or the status, as JSON' },
    },
    'Verbosity:': {
      console: { short: 'd', doc: 'Stay in the foreground' },
      debug: { short: 'g', unavailable: notYet, doc: 'Log more' },
      'log-stderr': { unavailable: notYet, doc: 'Log to stderr, too' },
      status: { doc: 'Connect to the running agent and print its status' },
    },
  },
});
