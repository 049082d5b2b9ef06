import { type Arguments, defineProgram } from '../../command-line/options.ts';

export const program = defineProgram({
  name: 'oidc-agent',
  argsDoc: '[COMMAND [ARGUMENT...]]',
  doc: 'Hold accounts in memory and give access tokens to the programs of their owner',
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  runsCommand: true,
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
        doc: 'Never start a new login by itself: it never does',
      },
      'no-webserver': { doc: 'Let no login come back to a web server of the agent' },
      'no-scheme': { doc: 'Let no login come back by the scheme edu.kit.data.oidc-agent:' },
      'with-group': {
        arg: 'GROUP_NAME',
        optional: true,
        doc: 'Let the members of a group get tokens, at a socket of their own; without a name it is the group oidc-agent',
      },
      'restart-on-update': { doc: 'When the program is replaced, have the new one go on, with all accounts' },
      'pid-file': { arg: 'PATH', doc: 'Write the process id to PATH' },
      quiet: { doc: 'Leave out the line that shows the process id' },
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
      debug: {
        short: 'g',
        doc: 'Log each request of a program and each call to an issuer, without secrets, to the system log',
      },
      'log-stderr': {
        doc: 'Log to stderr, too, as long as that is there: with --console, or with a command. Without --debug it is what fails',
      },
      status: { doc: 'Connect to the running agent and print its status' },
    },
  },
});

/** The options of oidc-agent, as they were given. */
export type Options = Arguments<typeof program>['options'];
