import { type Arguments, defineProgram } from '../../command-line/options.ts';
import { FLOWS } from '../../oauth/grants/flow.ts';
import { passwordOptions } from '../password-options.ts';

export const program = defineProgram({
  name: 'oidc-gen',
  argsDoc: '[ACCOUNT_SHORTNAME]',
  doc: 'Make accounts: register a client at an issuer, log in, and store both encrypted',
  positionals: { min: 0, max: 1 },
  options: {
    'Managing account configurations:': {
      accounts: { short: 'l', doc: 'List the accounts that there are; the same as oidc-add -l' },
      print: {
        short: 'p',
        arg: 'FILE',
        doc: 'Print an account, decrypted. FILE is a short name, or a path that begins with / or ~',
      },
      reauthenticate: { doc: 'Log in again with the client of an existing account' },
      rename: { arg: 'NEW_SHORTNAME', doc: 'Give an existing account another short name' },
      update: {
        short: 'u',
        arg: 'FILE',
        doc: 'Decrypt FILE and encrypt it again, in the current format. FILE as with --print; it may also be plain JSON',
      },
      delete: {
        short: 'd',
        doc: 'Revoke the tokens of the account, delete its client at the issuer, then its file',
      },
    },
    'Generating a new account configuration:': {
      file: {
        short: 'f',
        arg: 'FILE',
        doc: 'Take the client from FILE, which jeton register or you have made, and register none',
      },
      manual: { short: 'm', doc: 'Register no client: ask for one that there is already' },
      'no-save': { doc: 'Write no file: the account is gone when the agent ends' },
      pub: { doc: 'Use the public client that is known for the issuer' },
      issuer: {
        aliases: ['iss'],
        arg: 'ISSUER_URL',
        doc: 'The issuer; a missing slash at its end is forgiven',
      },
      scope: {
        arg: 'SCOPE',
        repeatable: true,
        doc: "The scopes of the account; 'max' means all that the issuer offers. Several scopes are separated by spaces or given by several options",
      },
      'scope-all': {
        aliases: ['scope-max'],
        doc: 'All scopes that the issuer offers; the same as --scope=max',
      },
      'client-id': { arg: 'CLIENT_ID', doc: 'Use this client, and register none' },
      'client-secret': { arg: 'CLIENT_SECRET', doc: 'The secret of the client that --client-id names' },
      'redirect-uri': {
        aliases: ['redirect-url'],
        arg: 'URI',
        repeatable: true,
        doc: 'Where the browser may come back to: http://localhost:PORT[/*] or edu.kit.data.oidc-agent:/*. Several are separated by spaces',
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
        doc: 'Get the tokens of the account from a mytoken server: the one at URI, else the one of the file config',
      },
      mytoken: {
        aliases: ['mytoken-profile'],
        arg: 'PROFILE',
        doc: 'What the mytoken of the account may do: the name of a profile of the server, or JSON. Implies --mytoken-url',
      },
      oauth2: { aliases: ['oauth'], doc: 'The issuer speaks OAuth 2 only, not OpenID Connect' },
    },
    'Generating a new account configuration - Advanced:': {
      'access-token': {
        aliases: ['at'],
        arg: 'ACCESS_TOKEN',
        doc: 'For issuers that do not let everyone register a client: who registers it',
      },
      audience: {
        aliases: ['aud'],
        arg: 'AUDIENCE',
        doc: 'For whom the tokens of the account are. Several are separated by spaces',
      },
      'op-username': { arg: 'USERNAME', doc: 'The user name for -w password' },
      'op-password': { arg: 'PASSWORD', doc: 'The password for -w password' },
      'client-name-identifier': {
        aliases: ['cnid'],
        arg: 'IDENTIFIER',
        doc: 'Ends the name of the client, to tell those of several machines apart; the host name if not given',
      },
      'cert-path': {
        aliases: ['cp', 'cert-file'],
        arg: 'FILE',
        doc: 'A PEM file with the certification authorities to trust for this account, now and later',
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
        doc: 'Like --rt, with the token from the environment variable OIDC_REFRESH_TOKEN or the one that is named',
      },
      'device-authorization-endpoint': {
        aliases: ['dae'],
        arg: 'ENDPOINT_URI',
        doc: 'The device authorization endpoint, if the issuer does not tell it',
      },
      'configuration-endpoint': {
        aliases: ['config-endpoint', 'discovery-endpoint'],
        arg: 'ENDPOINT_URI',
        doc: 'Where the metadata of the issuer is, if not at the usual place; file:///PATH reads a file',
      },
      flow: {
        short: 'w',
        arg: FLOWS.join('|'),
        choices: FLOWS,
        repeatable: true,
        doc: 'How to log in. Several are tried in their order. Without: code where there is a desktop, else device',
      },
      'only-at': { doc: 'Print an access token, and make no account' },
      'no-url-call': { doc: 'Do not open the browser' },
      ...passwordOptions,
      'pw-gpg': {
        aliases: ['pw-pgp', 'gpg', 'pgp'],
        arg: 'KEY_ID',
        doc: 'Encrypt the account with this key of gpg instead of a password',
      },
      prompt: {
        arg: 'cli|gui|none',
        choices: ['cli', 'gui', 'none'],
        doc: 'How to ask for what is missing: at the terminal (the default), with windows, or not at all',
      },
      'confirm-default': { doc: 'Answer every question for consent with its default' },
      'confirm-yes': { doc: 'Answer every question for consent with yes' },
      'confirm-no': { doc: 'Answer every question for consent with no' },
    },
    'Internal options:': {
      codeExchange: {
        arg: 'URI',
        doc: 'Complete a login: URI is the whole address to which the browser was sent at its end',
      },
      'no-webserver': {
        doc: 'With -w code: start no web server. The browser hands its answer over by the scheme edu.kit.data.oidc-agent:, or you do with --codeExchange',
      },
      'no-scheme': { doc: 'With -w code: do not use the scheme edu.kit.data.oidc-agent:' },
      state: { arg: 'STATE', doc: 'Get the account of a login that the agent has completed' },
    },
    'Verbosity:': {
      debug: {
        short: 'g',
        doc: 'Tell on stderr each request that is sent and how it ended, without secrets',
      },
      verbose: { short: 'v', doc: 'Tell on stderr what is done; the account that is saved, without secrets' },
    },
  },
});

export type Options = Arguments<typeof program>['options'];
