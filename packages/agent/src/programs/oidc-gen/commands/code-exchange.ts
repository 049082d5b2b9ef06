/** A login that was begun by another process: finished with the address at which the browser ended. */
import type { Answer } from '@jeton/client/conversation/answer';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { type Account, accountFromJson } from '../../../accounts/account.ts';
import { readAccountFile } from '../../../accounts/account-file.ts';
import { accountPath, createAgentDirectory, requireRoom } from '../../../accounts/directory.ts';
import { parseJsonObject } from '../../../accounts/format/json-object.ts';
import { askAgent } from '../../../client/ask-agent.ts';
import { metadataOf } from '../../../login/account-issuer.ts';
import { withGrant } from '../../../login/granted-account.ts';
import { accountCredentials } from '../../../oauth/client/client-authentication.ts';
import { redeemCode } from '../../../oauth/grants/code.ts';
import { print } from '../../../terminal/output.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { warnOfInsecureHttp } from '../../insecure-http.ts';
import { keyInAdvance, passwordsFor } from '../../password-options.ts';
import type { Options } from '../command-line.ts';
import { customFor } from '../custom.ts';
import { finishAccount, finishRenewal } from '../finish.ts';
import { answerIn } from '../login/browser-answer.ts';
import { forgetLogin, type KeptLogin, keptLogin } from '../login/pending-login.ts';
import { showLogin } from '../login/summary.ts';

/**
 * `--codeExchange=URI`. A login that we do not know may be one that the agent of the C suite waits for.
 * @throws ProgramError, AgentError, FileError or IssuerError
 */
export async function finishWithAddress(address: string, options: Options): Promise<void> {
  const answer = answerIn(address);
  const state = answer.get('state');
  if (state === null) throw unusable('Uri does not contain a state');
  if (!answer.has('code') && !answer.has('error')) throw unusable('Uri does not contain a code');
  const directory = createAgentDirectory(process.env);
  const kept = await keptLogin(directory, state);
  if (kept === undefined) {
    await finishFromAgent(
      { request: 'code_exchange', redirect_uri: asBegun(address, state), from_gen: 1 },
      options,
    );
    return;
  }
  await askAgent({ request: 'check' });
  const { account, authorization } = kept;
  const save = await prepareToSave(kept, directory, options);
  warnOfInsecureHttp(account);
  const metadata = await metadataOf(account);
  const client = accountCredentials(account);
  const tokens = await redeemCode({
    metadata,
    client,
    authorization,
    answer,
    customParameters: await customFor('code-exchange', account),
    certPath: account.cert_path,
  });
  await forgetLogin(directory, state);
  print('success');
  await save(withGrant(account, tokens));
  await showLogin({ account, tokens, metadata });
}

/**
 * Checks password and disk before the code is used, because a code works only once.
 * @throws FileError
 */
async function prepareToSave(
  { account: { name }, renews }: KeptLogin,
  directory: string,
  options: Options,
): Promise<(account: Account) => Promise<void>> {
  if (!options['no-save']) await requireRoom(directory, accountPath(directory, renews?.name ?? name));
  if (renews === undefined) {
    const key = options['no-save'] ? undefined : await keyInAdvance(name, options);
    return (account) => finishAccount(account, directory, options, { key, printSteps: true });
  }
  const path = accountPath(directory, renews.name);
  // Its key fits, unless the file has got another password since.
  const { key } = await readAccountFile(path, passwordsFor(renews.name, options), renews.key);
  return (account) => finishRenewal(path, account, key, options, true);
}

/**
 * The address with the redirect URI as the agent of the C suite has sent it to the issuer: browsers add a slash, and whether
 * there was one is the first letter of its `state`.
 */
function asBegun(address: string, state: string): string {
  const [base = '', query] = address.split('?', 2);
  if (!/^[01]:/.test(state)) return address;
  const slash = state.startsWith('1') ? '/' : '';
  return `${base.replace(/\/$/, '')}${slash}?${query}`;
}

/**
 * `--state=STATE`: the account of a login that the agent of the C suite has completed.
 * @throws ProgramError, AgentError or FileError
 */
export async function finishWithState(state: string, options: Options): Promise<void> {
  await finishFromAgent({ request: 'state_lookup', state }, options);
}

async function finishFromAgent(
  request: { request: string } & Record<string, unknown>,
  options: Options,
): Promise<void> {
  const answer = await askAgent(request, { channel: new EncryptedChannel() });
  if (typeof answer.access_token === 'string') {
    print(answer.access_token);
    return;
  }
  const account = accountFromJson(configIn(answer));
  print('success');
  await finishAccount(account, createAgentDirectory(process.env), options, {
    key: undefined,
    printSteps: true,
  });
}

function configIn({ config, info }: Answer) {
  if (typeof config === 'object' && config !== null) return parseJsonObject(JSON.stringify(config));
  throw new ProgramError(typeof info === 'string' ? info : 'The agent does not know this login', [
    'start again: oidc-gen -w code NAME',
  ]);
}

function unusable(message: string): ProgramError {
  return new ProgramError(message, [
    'pass the whole address that the browser shows in the end, in quotes: oidc-gen --codeExchange=URI',
  ]);
}
