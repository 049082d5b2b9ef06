/** What the agent reads from the user's files while it runs: anew each time, as they are small and people edit them. */
import { type CustomisedRequest, customParameters } from '../config/custom-parameters.ts';
import type { KnownIssuer } from '../config/issuer-file.ts';
import { knownIssuers } from '../config/issuers.ts';
import type { Secret } from '../secret.ts';
import type { Account } from '../vault/account.ts';
import { accountPath, agentDirectory } from '../vault/directory.ts';
import { VaultError } from '../vault/errors.ts';

/** The issuers that the configuration knows. */
export async function issuers(): Promise<KnownIssuer[]> {
  return (await knownIssuers(directoryIfAny())).issuers;
}

/** What the configuration adds to a request for an account. */
export async function customFor(
  request: CustomisedRequest,
  { issuer_url: issuer, name: account }: Pick<Account, 'issuer_url' | 'name'>,
): Promise<Record<string, Secret>> {
  const { parameters } = await customParameters(
    request,
    { issuer, account },
    { directory: directoryIfAny() },
  );
  return parameters;
}

/** The file of an account. Throws a VaultError when there is no agent directory, or no account can have this name. */
export function pathOf(name: string): string {
  const directory = agentDirectory(process.env);
  if (directory === undefined) throw new VaultError('no-directory', 'oidc-dir does not exist');
  return accountPath(directory, name);
}

/** Without HOME nobody knows where the accounts are; those that are loaded still have their tokens. */
function directoryIfAny(): string | undefined {
  try {
    return agentDirectory(process.env);
  } catch (error) {
    if (error instanceof VaultError) return undefined;
    throw error;
  }
}
