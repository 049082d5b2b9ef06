import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { discover, type IssuerMetadata } from '../../oauth/discovery.ts';
import { IssuerError } from '../../oauth/errors.ts';
import { ProgramError } from '../../terminal/run.ts';
import { type Account, accountFromJson } from '../../vault/account.ts';
import { describeSystemError } from '../../vault/errors.ts';
import { parseJsonObject } from '../../vault/json-object.ts';
import type { Options } from './command-line.ts';
import { scopes } from './questions.ts';

/** A client to log in with. */
export interface Client {
  readonly metadata: IssuerMetadata;
  /** All of the account but what the login brings. */
  readonly account: Account;
  /** Takes back what was done at the issuer, for an account that did not come about. Never throws. */
  undo(): Promise<void>;
}

/**
 * `-f FILE`: a client that was registered before, as JSON with the member names of an account file or of RFC 7591
 * (docs/oidc-gen.md). Options say what the file does not, or win over it.
 *
 * Throws ProgramError, VaultError, IssuerError or IssuerUnreachableError.
 */
export async function clientFromFile(
  name: string,
  file: string,
  options: Options,
  signal: AbortSignal,
): Promise<Client> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ProgramError(`could not open file '${file}': ${describeSystemError(error)}`);
  });
  const json = parseJsonObject(text);
  const issuer = options.issuer ?? json.issuer_url ?? json.issuer;
  if (typeof issuer !== 'string' || issuer === '') {
    throw new ProgramError(`'${file}' does not name the issuer`, ['name it: --iss=ISSUER_URL'], 64);
  }
  const given = accountFromJson({ ...json, name, issuer_url: issuer });
  const certPath = options['cert-path'] === undefined ? given.cert_path : resolve(options['cert-path']);
  const metadata = await discover({
    issuer,
    certPath,
    configurationEndpoint: given.config_endpoint,
    signal,
  });
  requireDeviceFlow(metadata);
  const account = {
    ...given,
    issuer_url: metadata.issuer,
    device_authorization_endpoint: metadata.device_authorization_endpoint,
    cert_path: certPath,
    auth_scope:
      options.scope.length === 0 && given.auth_scope !== undefined
        ? given.auth_scope
        : await scopes(metadata, options),
  };
  return { metadata, account, undo: async () => undefined };
}

export function requireDeviceFlow({ issuer, device_authorization_endpoint }: IssuerMetadata): void {
  if (device_authorization_endpoint !== undefined) return;
  throw new IssuerError('Device Flow not Supported by OpenID Provider', { issuer, kind: 'unsupported' });
}
