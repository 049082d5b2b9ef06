/** What the agent reads from the user's files while it runs: anew each time, as they are small and people edit them. */

import type { Account } from '../accounts/account.ts';
import { accountPath, findAgentDirectory } from '../accounts/directory.ts';
import { systemClocks, within } from '../concurrency/clocks.ts';
import { type CustomisedRequest, customParameters } from '../config/custom-parameters.ts';
import type { KnownIssuer } from '../config/issuer-file.ts';
import { knownIssuers } from '../config/issuers.ts';
import { FileError } from '../files/errors.ts';
import type { Secret } from '../secret.ts';

let reading: Promise<KnownIssuer[]> | undefined;
let lastRead: KnownIssuer[] = [];

/** The issuers that the configuration knows. Whoever asks while they are being read waits for that: the disk may hang. */
export function issuers(): Promise<KnownIssuer[]> {
  reading ??= readIssuers().finally(() => {
    reading = undefined;
  });
  return reading;
}

async function readIssuers(): Promise<KnownIssuer[]> {
  lastRead = (await knownIssuers(await directoryIfAny())).issuers;
  return lastRead;
}

/** The same for who cannot wait for a disk that hangs: after a second it is what was read last. */
export async function issuersSoon(): Promise<KnownIssuer[]> {
  return (await within(1, issuers(), systemClocks)) ?? lastRead;
}

/** What the configuration adds to a request for an account. */
export async function customFor(
  request: CustomisedRequest,
  { issuer_url: issuer, name: account }: Pick<Account, 'issuer_url' | 'name'>,
): Promise<Record<string, Secret>> {
  const { parameters } = await customParameters(
    request,
    { issuer, account },
    { directory: await directoryIfAny() },
  );
  return parameters;
}

/** The file of an account. Throws a FileError when there is no agent directory, or no account can have this name. */
export async function pathOf(name: string): Promise<string> {
  const directory = await findAgentDirectory(process.env);
  if (directory === undefined) throw new FileError('no-directory', 'oidc-dir does not exist');
  return accountPath(directory, name);
}

/** Without HOME nobody knows where the accounts are; those that are loaded still have their tokens. */
async function directoryIfAny(): Promise<string | undefined> {
  try {
    return await findAgentDirectory(process.env);
  } catch (error) {
    if (error instanceof FileError && error.kind !== 'no-answer') return undefined;
    throw error;
  }
}
