import { EncryptedChannel } from '@jeton/protocol/encryption';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasCAgent, startCAgent } from '../../test/c-agent.ts';
import { type Script, startScriptedAgent } from '../../test/scripted-agent.ts';
import { AgentError } from '../agent-error.ts';
import { exchange } from './exchange.ts';

const start = async (script: string | Script) => {
  const agent = await startScriptedAgent(script);
  onTestFinished(() => agent.close());
  return agent;
};
const ask = (socketPath: string) =>
  exchange({ request: 'add', config: 'secret' }, { socketPath, channel: new EncryptedChannel() });
const failure = async (script: string | Script) => {
  const { socketPath } = await start(script);
  const outcome = await ask(socketPath).catch((error: unknown) => error);
  if (outcome instanceof AgentError) return outcome;
  throw new Error('no AgentError');
};

/** An agent that answers the first message with its key, and the second as told. */
const encryptedAgent = (answer: (channel: EncryptedChannel, request: string) => string): Script => {
  const channel = new EncryptedChannel();
  let keysExchanged = false;
  return (connection, message) => {
    if (keysExchanged) {
      connection.end(answer(channel, channel.open(message)));
    } else {
      keysExchanged = true;
      channel.setPeer(message);
      connection.write(channel.publicKey);
    }
  };
};

describe('an encrypted exchange', () => {
  it('sends the request after the keys, and opens the answer', async () => {
    let opened = '';
    const agent = await start(
      encryptedAgent((channel, request) => {
        opened = request;
        return channel.seal('{"status":"success","info":"ü"}');
      }),
    );
    expect(await ask(agent.socketPath)).toEqual({ status: 'success', info: 'ü' });
    expect(opened).toBe('{"request":"add","config":"secret"}');
    expect(agent.requests.join()).not.toContain('secret');
  });

  it('takes an error in plaintext, before the keys and after', async () => {
    const text = '{"status":"failure","error":"received suspicious public key"}';
    expect(await failure(text)).toMatchObject({ message: 'received suspicious public key' });
    expect(await failure(encryptedAgent(() => text))).toMatchObject({
      message: 'received suspicious public key',
    });
  });

  it.each([
    ['a key that is none', 'x'.repeat(44)],
    ['a key of low order', Buffer.alloc(32).toString('base64')],
    ['half a key', 'AAAA'],
    ['an answer that is not encrypted', encryptedAgent(() => 'success')],
    [
      'an answer that was changed',
      encryptedAgent((channel) => channel.seal('{}').replace(/^2:..../, '2:AAAA')),
    ],
  ])('refuses %s', async (_, script) => {
    expect(await failure(script)).toMatchObject({ code: 'malformed' });
  });

  it('with an agent that leaves after the keys got no answer', async () => {
    expect(await failure(encryptedAgent(() => ''))).toMatchObject({ code: 'unreachable' });
  });

  it.runIf(hasCAgent)('works with the C agent', async () => {
    const agent = await startCAgent();
    onTestFinished(() => agent.close());
    const { socketPath } = agent;
    const channel = new EncryptedChannel();
    expect(await exchange({ request: 'check' }, { socketPath, channel })).toEqual({ status: 'success' });
  });
});
