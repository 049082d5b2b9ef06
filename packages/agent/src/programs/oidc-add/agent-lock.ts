/** `oidc-add --lock` and `--unlock`: set the agent lock with a password, and remove it. */
import { AgentError } from '@jeton/client';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { type AskOptions, askAgent } from '../../client/ask-agent.ts';
import type { Secret } from '../../secret.ts';
import { inform, print } from '../../terminal/output.ts';
import { askSecret, canAsk } from '../../terminal/prompt.ts';
import { ProgramError } from '../../terminal/run.ts';

const MAX_TRIES = 3;

/**
 * `oidc-add -x`: locks the agent with a password that the user types twice.
 * @throws ProgramError if the two passwords differ, or without a terminal; AgentError
 */
export async function lockAgent(agent: AskOptions): Promise<void> {
  const password = await askPassword('Enter lock password');
  const confirmation = await askPassword('Confirm lock password');
  if (!password.equals(confirmation)) {
    throw new ProgramError('Passwords do not match.', ['the agent is not locked; try again: oidc-add -x']);
  }
  await send('lock', password, agent);
}

/**
 * Asks again after a wrong password: if oidc-add ended, a user who keeps typing would type the password into the shell.
 * The agent delays its answer more after each wrong one.
 * @throws ProgramError or AgentError
 */
export async function unlockAgent(agent: AskOptions): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const complaint = tries > 1 ? 'Wrong password.\n' : '';
    const password = await askPassword(`${complaint}Enter lock password`);
    try {
      return await send('unlock', password, agent);
    } catch (error) {
      const isWrong = error instanceof AgentError && error.code === 'wrong-password';
      if (!isWrong || tries === MAX_TRIES) throw error;
    }
  }
}

async function askPassword(text: string): Promise<Secret> {
  if (canAsk()) return await askSecret(text);
  throw new ProgramError('no terminal to ask for the lock password', ['run it in a terminal']);
}

async function send(request: 'lock' | 'unlock', password: Secret, agent: AskOptions): Promise<void> {
  const { info } = await askAgent(
    { request, password: password.reveal() },
    { channel: new EncryptedChannel(), remote: agent.remote },
  );
  print('success');
  if (typeof info === 'string') inform(info);
}
