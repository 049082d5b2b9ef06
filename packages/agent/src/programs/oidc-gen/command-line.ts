import { type Arguments, defineProgram } from '../../command-line/option-table.ts';
import { FLOWS } from '../../oauth/grants/flow.ts';
import { passwordOptions } from '../password-options.ts';

export const program = defineProgram({
  name: 'oidc-gen',
  argsDoc: '[ACCOUNT_SHORTNAME]',
  doc: 'Create an account: register a client at an issuer, log in, and store both encrypted',
  positionals: { min: 0, max: 1 },
  options: {
    'Managing account configurations:': {
      accounts: { short: 'l', doc: 'List all accounts, as oidc-add -l does' },
      print: {
        short: 'p',
        arg: 'FILE',
        doc: 'Decrypt an account and print it. FILE is a short name, or a path that begins with / or ~',
      },
      reauthenticate: { doc: 'Log in again with the client of an existing account' },
      rename: { arg: 'NEW_SHORTNAME', doc: 'Rename an existing account' },
      update: {
        short: 'u',
        arg: 'FILE',
        doc: 'Decrypt FILE and encrypt it again in the current format. FILE is as with --print, and may also be plain JSON',
      },
      delete: {
        short: 'd',
        doc: 'Delete the account: revoke its tokens, then delete its client at the issuer, then its file',
      },
    },
    'Generating a new account configuration:': {
      file: {
        short: 'f',
        arg: 'FILE',
        doc: 'Use the client in FILE, which you or jeton register wrote, and register none',
      },
      manual: { short: 'm', doc: 'Register no client: ask for the ID and secret of an existing one' },
      'no-save': { doc: 'Write no file: the account is lost when the agent ends' },
      pub: { doc: 'Use the known public client of the issuer' },
      issuer: {
        aliases: ['iss'],
        arg: 'ISSUER_URL',
        doc: 'The issuer. The slash at the end may be missing',
      },
      scope: {
        arg: 'SCOPE',
        repeatable: true,
        doc: "The scopes of the account; 'max' means every scope that the issuer lists. Separate several by spaces, or repeat the option",
      },
      'scope-all': {
        aliases: ['scope-max'],
        doc: 'The same as --scope=max',
      },
      'client-id': { arg: 'CLIENT_ID', doc: 'Use the client with this ID, and register none' },
      'client-secret': { arg: 'CLIENT_SECRET', doc: 'The secret of the client from --client-id' },
      'redirect-uri': {
        aliases: ['redirect-url'],
        arg: 'URI',
        repeatable: true,
        doc: 'Where the issuer may redirect the browser: http://localhost:PORT[/*] or edu.kit.data.oidc-agent:/*. Separate several by spaces',
      },
      port: {
        arg: 'PORT',
        integer: true,
        repeatable: true,
        doc: 'The same as --redirect-uri=http://localhost:PORT',
      },
      'mytoken-url': {
        aliases: ['mytoken-issuer'],
        arg: 'URI',
        optional: true,
        doc: 'Get the tokens of the account from the mytoken server at URI (default: the server in the file config)',
      },
      mytoken: {
        aliases: ['mytoken-profile'],
        arg: 'PROFILE',
        doc: 'What the mytoken of the account may do: the name of a profile at the server, or JSON. Implies --mytoken-url',
      },
      oauth2: { aliases: ['oauth'], doc: 'The issuer supports OAuth 2 but not OpenID Connect' },
    },
    'Generating a new account configuration - Advanced:': {
      'access-token': {
        aliases: ['at'],
        arg: 'ACCESS_TOKEN',
        doc: 'Register the client with this access token, at an issuer that requires one',
      },
      audience: {
        aliases: ['aud'],
        arg: 'AUDIENCE',
        doc: 'The audience of the tokens of the account. Separate several by spaces',
      },
      'op-username': { arg: 'USERNAME', doc: 'The user name for -w password' },
      'op-password': { arg: 'PASSWORD', doc: 'The password for -w password' },
      'client-name-identifier': {
        aliases: ['cnid'],
        arg: 'IDENTIFIER',
        doc: 'Append IDENTIFIER to the name of the client, so that you can tell the clients of several computers apart (default: the host name)',
      },
      'cert-path': {
        aliases: ['cp', 'cert-file'],
        arg: 'FILE',
        doc: 'Trust the certificate authorities in this PEM file or folder for the account, now and later',
      },
      'insecure-http': {
        arg: 'HOST',
        doc: 'For development only: let the account use plain http at HOST, a name without a dot or a private IP address. Tokens and passwords travel unencrypted',
      },
      'refresh-token': {
        aliases: ['rt'],
        arg: 'REFRESH_TOKEN',
        doc: 'Use this refresh token instead of a login; implies -w refresh',
      },
      'refresh-token-env': {
        aliases: ['rt-env'],
        arg: 'OIDC_REFRESH_TOKEN',
        optional: true,
        doc: 'Like --rt, with the token from this environment variable (default: OIDC_REFRESH_TOKEN)',
      },
      'device-authorization-endpoint': {
        aliases: ['dae'],
        arg: 'ENDPOINT_URI',
        doc: 'The device authorization endpoint, if the issuer does not publish it',
      },
      'configuration-endpoint': {
        aliases: ['config-endpoint', 'discovery-endpoint'],
        arg: 'ENDPOINT_URI',
        doc: 'Read the metadata of the issuer from this URL or from file:///PATH, instead of the usual place',
      },
      flow: {
        short: 'w',
        arg: FLOWS.join('|'),
        choices: FLOWS,
        repeatable: true,
        doc: 'How to log in. If you give several, oidc-gen tries them in this order (default: code on a desktop, else device)',
      },
      'only-at': { doc: 'Print an access token, and create no account' },
      'no-url-call': { doc: 'Do not open the browser' },
      ...passwordOptions,
      'pw-gpg': {
        aliases: ['pw-pgp', 'gpg', 'pgp'],
        arg: 'KEY_ID',
        doc: 'Encrypt the account with this GPG key instead of a password',
      },
      prompt: {
        arg: 'cli|gui|none',
        choices: ['cli', 'gui', 'none'],
        doc: 'How to ask for information that no option gives: at the terminal (the default), with a window, or not at all',
      },
      'confirm-default': { doc: 'Answer every yes-or-no question with its default' },
      'confirm-yes': { doc: 'Answer every yes-or-no question with yes' },
      'confirm-no': { doc: 'Answer every yes-or-no question with no' },
    },
    'Internal options:': {
      codeExchange: {
        arg: 'URI',
        doc: 'Complete a login. URI is the whole address to which the issuer redirected the browser',
      },
      'no-webserver': {
        doc: "With -w code: start no web server. The browser passes the issuer's answer on by the scheme edu.kit.data.oidc-agent:, or you do with --codeExchange",
      },
      'no-scheme': { doc: 'With -w code: do not use the scheme edu.kit.data.oidc-agent:' },
      state: { arg: 'STATE', doc: 'Fetch the account of a login that the agent has completed' },
    },
    'Verbosity:': {
      debug: {
        short: 'g',
        doc: 'Print each request and its outcome on stderr, without secrets',
      },
      verbose: {
        short: 'v',
        doc: 'Print each step on stderr, and the account that is saved, without secrets',
      },
    },
  },
});

export type Options = Arguments<typeof program>['options'];
