/** `oidc-add --lock` and `--unlock`: the agent forgets in public what it knows, until the password is given again. */
import { type ExchangeOptions, exchange } from '@jeton/client';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import type { Secret } from '../../secret.ts';
import { print, tell } from '../../terminal/output.ts';
import { askSecret, canAsk } from '../../terminal/prompt.ts';
import { ProgramError } from '../../terminal/run.ts';

export async function lockAgent(agent: ExchangeOptions): Promise<void> {
  const password = await ask('Enter lock password');
  const confirmation = await ask('Confirm lock password');
  if (password.reveal() !== confirmation.reveal()) throw new ProgramError('Passwords do not match.');
  await send('lock', password, agent);
}

export async function unlockAgent(agent: ExchangeOptions): Promise<void> {
  await send('unlock', await ask('Enter lock password'), agent);
}

async function ask(text: string): Promise<Secret> {
  if (canAsk()) return await askSecret(text);
  throw new ProgramError('no terminal to ask for the lock password', ['run it in a terminal']);
}

async function send(request: 'lock' | 'unlock', password: Secret, agent: ExchangeOptions): Promise<void> {
  const { info } = await exchange(
    { request, password: password.reveal() },
    { channel: new EncryptedChannel(), remote: agent.remote },
  );
  print('success');
  if (typeof info === 'string') tell(info);
}
