/** `oidc-add --lock` and `--unlock`: the agent forgets in public what it knows, until the password is given again. */
import { exchange } from '@jeton/client';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import type { Secret } from '../../secret.ts';
import { print, tell } from '../../terminal/output.ts';
import { askSecret, canAsk } from '../../terminal/prompt.ts';
import { ProgramError } from '../../terminal/run.ts';

export async function lockAgent(): Promise<void> {
  const password = await ask('Enter lock password');
  const confirmation = await ask('Confirm lock password');
  if (password.reveal() !== confirmation.reveal()) throw new ProgramError('Passwords do not match.');
  await send('lock', password);
}

export async function unlockAgent(): Promise<void> {
  await send('unlock', await ask('Enter lock password'));
}

async function ask(text: string): Promise<Secret> {
  if (canAsk()) return await askSecret(text);
  throw new ProgramError('no terminal to ask for the lock password', ['run it in a terminal']);
}

async function send(request: 'lock' | 'unlock', password: Secret): Promise<void> {
  const { info } = await exchange(
    { request, password: password.reveal() },
    { channel: new EncryptedChannel() },
  );
  print('success');
  if (typeof info === 'string') tell(info);
}
