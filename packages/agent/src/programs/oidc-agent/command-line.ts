import { type Arguments, defineProgram } from '../../command-line/option-table.ts';

export const program = defineProgram({
  name: 'oidc-agent',
  argsDoc: '[COMMAND [ARGUMENT...]]',
  doc: "Hold a user's accounts in memory and give access tokens to the user's programs",
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  runsCommand: true,
  options: {
    'General:': {
      kill: { short: 'k', doc: 'End the running agent, whose process ID is in $OIDCD_PID' },
      lifetime: {
        short: 't',
        arg: 'TIME',
        integer: true,
        doc: 'Forget an account TIME seconds after it was loaded. 0 keeps it for ever (the default)',
      },
      confirm: { short: 'c', doc: 'Ask the user in a window before a program gets a token' },
      'no-autoload': { doc: 'Do not load an account when a program asks for a token of it' },
      'no-autoreauthenticate': {
        aliases: ['no-auto-reauthenticate'],
        doc: 'Accepted for compatibility: the agent never starts a login by itself',
      },
      'no-webserver': { doc: 'Start no web server for logins with a browser' },
      'no-scheme': { doc: 'Do not use the scheme edu.kit.data.oidc-agent: for logins with a browser' },
      'with-group': {
        arg: 'GROUP_NAME',
        optional: true,
        doc: 'Give tokens to the members of a group, at a second socket (default: the group oidc-agent)',
      },
      'restart-on-update': { doc: 'When the program is updated, go on with the new program' },
      'pid-file': { arg: 'PATH', doc: 'Write the process ID to PATH' },
      quiet: { doc: 'Do not print the line that shows the process ID' },
      'socket-path': {
        short: 'a',
        aliases: ['bind-address'],
        arg: 'PATH',
        doc: 'Create the socket at PATH, or in the folder PATH if it ends with a slash. The agent replaces XXXXXX at the end of a folder name by random characters',
      },
      'always-allow-idtoken': { doc: 'Give ID tokens without asking' },
      'auto-start': { hidden: true, doc: 'Start the agent for a client that found none' },
      json: { doc: 'Print the socket and the process ID, or the status, as JSON' },
    },
    'Verbosity:': {
      console: { short: 'd', doc: 'Stay in the foreground' },
      debug: {
        short: 'g',
        doc: 'Log each request of a program and each call to an issuer, without secrets',
      },
      'log-stderr': {
        doc: 'Log to stderr, too, with --console or a command. Without --debug, only failures are logged',
      },
      status: { doc: 'Print the status of the running agent' },
    },
  },
});

/** The options of oidc-agent, as they were given. */
export type Options = Arguments<typeof program>['options'];
