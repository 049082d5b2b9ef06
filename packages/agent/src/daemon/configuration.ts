/** Reads the user's files while the agent runs. Reads them again each time, because they are small and users edit them. */

import type { Account } from '../accounts/account.ts';
import { accountPath, findAgentDirectory } from '../accounts/directory.ts';
import { systemClock, within } from '../concurrency/clock.ts';
import { type CustomisedRequest, customParameters } from '../config/custom-parameters.ts';
import type { KnownIssuer } from '../config/issuers/issuer-file.ts';
import { knownIssuers } from '../config/issuers/issuers.ts';
import { FileError } from '../files/errors.ts';
import type { Secret } from '../secret.ts';

let reading: Promise<KnownIssuer[]> | undefined;
let lastRead: KnownIssuer[] = [];

/**
 * The issuers in the configuration. Concurrent callers share one read, because the disk may hang.
 * @throws FileError `no-answer` if the file server does not answer
 */
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

/** As `issuers`, for callers that cannot wait for a hanging disk: after a second, returns the result of the last read. */
export async function issuersSoon(): Promise<KnownIssuer[]> {
  return (await within(1, issuers(), systemClock)) ?? lastRead;
}

/** Which accounts issuers have, as read last, for another process. Contains no secrets. */
export function accountsOfIssuers(): KnownIssuer[] {
  return lastRead.map(({ issuer, accounts, default_account }) => ({
    issuer,
    ...(accounts && { accounts }),
    ...(default_account !== undefined && { default_account }),
  }));
}

/** Goes on with what another process has read last. */
export function rememberIssuers(known: KnownIssuer[]): void {
  lastRead = known;
}

/**
 * The parameters that the configuration adds to a request for an account.
 * @throws FileError `no-answer` if the file server does not answer
 */
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

/**
 * The path of an account's file.
 * @throws FileError if there is no agent directory, or the name is not valid for an account
 */
export async function pathOf(name: string): Promise<string> {
  const directory = await findAgentDirectory(process.env);
  if (directory === undefined) throw new FileError('no-directory', 'oidc-dir does not exist');
  return accountPath(directory, name);
}

/** Without HOME the agent cannot find the account files; loaded accounts still get tokens. */
async function directoryIfAny(): Promise<string | undefined> {
  try {
    return await findAgentDirectory(process.env);
  } catch (error) {
    if (error instanceof FileError && error.kind !== 'no-answer') return undefined;
    throw error;
  }
}
