import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { shellQuote } from '@jeton/client/shell-quote';
import type { JsonObject } from '@jeton/protocol/cjson';
import { type Account, accountFromJson } from '../../../accounts/account.ts';
import { decryptAccountFile, readAccountContent } from '../../../accounts/account-file.ts';
import { accountFilePath, accountPath } from '../../../accounts/directory.ts';
import { parseJsonObject } from '../../../accounts/format/json-object.ts';
import { FileError } from '../../../files/errors.ts';
import { isCustomScheme, loopbackPort } from '../../../oauth/browser/redirect-uri.ts';
import { Secret } from '../../../secret.ts';
import { print } from '../../../terminal/output.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { passwordsFor } from '../../password-options.ts';
import { ask, askSecret, mayAsk } from '../ask-user.ts';
import type { Options } from '../command-line.ts';
import { meetIssuer } from '../issuer.ts';
import { flowsFor } from '../login/flows.ts';
import { issuerUrl, notGiven, scopes } from '../questions.ts';
import type { Client, ClientRequest } from './client.ts';

/** The redirect URIs with which a public client is registered, as the C programs suppose. */
export const PUBLIC_REDIRECT_URIS = [
  'http://localhost:8080',
  'http://localhost:4242',
  'http://localhost:43985',
];

/**
 * `-m`, `--client-id`, `-f FILE`: a client that was registered before; with `--pub` it is a public one. FILE is JSON with the
 * member names of an account file or of RFC 7591, plain or encrypted (docs/oidc-gen.md). Options win over the file; oidc-gen
 * asks the user for what both omit.
 *
 * @throws ProgramError, FileError, IssuerError, IssuerUnreachableError or Interrupted
 */
export async function manualClient({ name, directory, options, signal }: ClientRequest): Promise<Client> {
  const file = options.file === undefined ? {} : await readClientFile(options.file, options);
  const issuer = options.issuer ?? textOf(file.issuer_url) ?? textOf(file.issuer);
  if (issuer === undefined && options.file !== undefined && !mayAsk(options)) {
    throw new ProgramError(`'${options.file}' does not name the issuer`, ['name it: --iss=ISSUER_URL'], 64);
  }
  if (!options['only-at'] && !existsSync(accountPath(directory, name))) {
    print('No account exists with this short name. Creating new configuration ...');
  }
  const address = issuer ?? (await issuerUrl(name, directory, options));
  const mytokenUrl = textOf(file.mytoken_url);
  if (mytokenUrl !== undefined) {
    throw new ProgramError(`'${options.file}' is an account of a mytoken server, which has no client`, [
      `create a new one: oidc-gen --mytoken-url=${shellQuote(mytokenUrl)} --iss=${shellQuote(address)} ${shellQuote(name)}`,
    ]);
  }
  const client_id = options['client-id'] ?? textOf(file.client_id) ?? (await clientId(options));
  const given = accountFromJson({ ...file, name, issuer_url: address, client_id });
  const met = await meetIssuer(address, directory, options, given, signal);
  const flows = flowsFor(options, met.metadata, given);
  const account: Account = {
    ...given,
    ...met.members,
    client_name: given.client_name ?? clientName(name, options),
    client_secret: await clientSecret(given, options),
    redirect_uris: await redirectUris(given, flows.includes('code'), options),
    auth_scope:
      options.scope.length === 0 && !options['scope-all'] && given.auth_scope !== undefined
        ? given.auth_scope
        : await scopes(met, options),
    audience: options.audience ?? given.audience,
    uses_pub_client: options.pub || given.uses_pub_client,
  };
  return { issuer: met, account, flows, undo: async () => undefined };
}

/**
 * Checks that the file of `-f` can be read, before the user enters a password or logs in.
 * @throws FileError
 */
export async function requireClientFile(file: string): Promise<void> {
  const path = clientFilePath(file);
  await readAccountContent(path).catch((error: unknown) => {
    throw error instanceof FileError ? aboutClientFile(path, error) : error;
  });
}

const clientFilePath = (file: string) =>
  accountFilePath(undefined, file.startsWith('~') ? file : resolve(file), process.env);

async function readClientFile(file: string, options: Options): Promise<JsonObject> {
  const path = clientFilePath(file);
  try {
    const { text } = await decryptAccountFile(path, passwordsFor(path, options));
    return parseJsonObject(text);
  } catch (error) {
    throw error instanceof FileError ? aboutClientFile(path, error) : error;
  }
}

/** It need not be a file of an account: the advice for those would lead astray. */
function aboutClientFile(path: string, { kind, message, hints, cause }: FileError): FileError {
  const advice = {
    'not-found': [`there is no file ${path}`],
    malformed: [`${path} has to be JSON, as jeton register prints it, or a file of an account`],
  };
  const isAdvised = kind === 'not-found' || kind === 'malformed';
  return new FileError(kind, message, { hints: isAdvised ? advice[kind] : hints, cause });
}

/** The name of the client at the issuer, by which its owner can find it among others. */
export function clientName(name: string, options: Options): string {
  return `oidc-agent:${name}-${options['client-name-identifier'] ?? hostname()}`;
}

async function clientId(options: Options): Promise<string> {
  const id = mayAsk(options) ? await ask('Client id', options) : '';
  if (id === '') throw notGiven('client id', 'client-id');
  return id;
}

/** A client without a secret is a public one. */
async function clientSecret(given: Account, options: Options): Promise<Secret | undefined> {
  const { 'client-secret': option } = options;
  if (option !== undefined) return option === '' ? undefined : new Secret(option);
  // A file says all about the client.
  if (given.client_secret !== undefined || options.file !== undefined || options.pub)
    return given.client_secret;
  if (!mayAsk(options)) return undefined;
  const secret = await askSecret('Client secret (empty for a public client)', options);
  return secret.isEmpty ? undefined : secret;
}

async function redirectUris(
  given: Account,
  needed: boolean,
  options: Options,
): Promise<readonly string[] | undefined> {
  const named = namedRedirectUris(options);
  if (named.length > 0) return named;
  if (given.redirect_uris !== undefined || !needed) return given.redirect_uris;
  if (options.pub) return PUBLIC_REDIRECT_URIS;
  if (!mayAsk(options)) throw notGiven('redirect uri', 'redirect-uri');
  return checked(words(await ask('Redirect URIs (space separated)', options, 'http://localhost:4242')));
}

/**
 * `--redirect-uri` and `--port`.
 * @throws ProgramError for an address that no browser on this computer could reach
 */
export function namedRedirectUris(options: Options): string[] {
  for (const port of options.port) {
    if (port >= 1024 && port <= 49151) continue;
    throw new ProgramError('Port not in valid range', [`${port} is not a port from 1024 to 49151`], 64);
  }
  const ports = options.port.map((port) => `http://localhost:${port}`);
  return checked([...options['redirect-uri'].flatMap(words), ...ports]);
}

function checked(uris: string[]): string[] {
  for (const uri of uris) {
    const port = loopbackPort(uri);
    if (isCustomScheme(uri) || (port !== undefined && port >= 1024 && port <= 49151)) continue;
    const withScheme = `http://${uri}`;
    throw new ProgramError(
      `'${uri}' is not a redirect URI of this computer`,
      [
        ...(loopbackPort(withScheme) === undefined ? [] : [`did you mean ${withScheme}?`]),
        'it has to be http://127.0.0.1:PORT or http://localhost:PORT, PORT from 1024 to 49151, or begin with edu.kit.data.oidc-agent:/',
      ],
      64,
    );
  }
  return uris;
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
