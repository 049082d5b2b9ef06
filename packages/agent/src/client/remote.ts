/** An agent on another computer, or behind a relay: by TCP, and always encrypted. Loaded only then. */
import { connect, type Socket } from 'node:net';
import { AgentError, type AgentOptions } from '@jeton/client';
import { NOT_CONNECTED } from '@jeton/client/conversation/agent-texts';
import { abortError, DEFAULT_TIMEOUT_MS } from '@jeton/client/conversation/connect';

const VARIABLE = 'OIDC_REMOTE_SOCK';
const DEFAULT_PORT = 42424;

/**
 * Connects to the agent at `OIDC_REMOTE_SOCK`, `host` or `host:port`. The caller destroys the socket.
 *
 * The connection does not authenticate the agent: an attacker who can take it over reads the requests. So it must use a
 * safe channel, such as an ssh tunnel.
 *
 * @throws AgentError `unreachable`, `try-again`, `aborted`
 */
export async function connectToRemoteAgent(
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: AgentOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Socket> {
  const address = remoteAddress(env[VARIABLE]);
  const socket = connect(address);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: AgentError) => {
      socket.destroy();
      reject(error);
    };
    const late = new AgentError('try-again', NOT_CONNECTED, {
      hints: [
        `no agent accepted the connection to ${env[VARIABLE]} within ${timeoutMs / 1000} s (${VARIABLE})`,
      ],
    });
    const deadline = setTimeout(fail, timeoutMs, late);
    const failed = ({ message }: Error) => fail(unreachable([`${message} (${VARIABLE})`]));
    const abort = () => fail(abortError(signal));
    const settled = () => {
      clearTimeout(deadline);
      socket.off('error', failed);
      signal?.removeEventListener('abort', abort);
    };
    socket.once('error', failed).once('close', settled);
    socket.once('connect', () => {
      settled();
      resolve();
    });
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
  });
  return socket;
}

/** An IPv6 address is in brackets. */
function remoteAddress(text: string | undefined): { host: string; port: number } {
  if (!text) {
    throw new AgentError(
      'unreachable',
      `Could not get the socket path from env var '${VARIABLE}'. Have you set the env var?`,
      { hints: [`name the other computer: export ${VARIABLE}=HOST or HOST:PORT`] },
    );
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits ?? DEFAULT_PORT);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw unreachable([`${VARIABLE} has to be HOST or HOST:PORT, not '${text}'`]);
}

function unreachable(hints: readonly string[]): AgentError {
  return new AgentError('unreachable', NOT_CONNECTED, { hints });
}
