/**
 * Clients of an agent that take as little of the machine as Node can, since they share it with the agent: what they send is
 * made beforehand, and encrypted answers are not decrypted.
 */
import { connect, type Socket } from 'node:net';
import sodium from 'sodium-native';

export const forms = ['plaintext', 'encrypted'] as const;
export type Form = (typeof forms)[number];

/** A request as it goes through a connection. */
export interface WireRequest {
  readonly form: Form;
  readonly text: Buffer;
}

export function wireRequest(request: object, form: Form = 'plaintext'): WireRequest {
  return { form, text: Buffer.from(JSON.stringify(request)) };
}

const PUBLIC_KEY_LENGTH = 44;
const publicKey = Buffer.alloc(sodium.crypto_box_PUBLICKEYBYTES);
const secretKey = Buffer.alloc(sodium.crypto_box_SECRETKEYBYTES);
sodium.crypto_box_keypair(publicKey, secretKey);
/** What an encrypted conversation begins with. The agent has a new key for each, so ours may stay. */
export const greeting = publicKey.toString('base64');
const nonce = Buffer.alloc(sodium.crypto_box_NONCEBYTES);

/** Sends one request on a new connection. @returns milliseconds to the whole answer, Infinity after the deadline */
export function ask(socketPath: string, { form, text }: WireRequest, deadlineMs = 60_000): Promise<number> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    let socket: Socket;
    const settle = (finish: () => void) => {
      clearTimeout(deadline);
      socket.destroy();
      letNextIn();
      finish();
    };
    const deadline = setTimeout(() => settle(() => resolve(Number.POSITIVE_INFINITY)), deadlineMs);
    let received = '';
    let keysExchanged = form === 'plaintext';
    const take = (piece: string) => {
      received += piece;
      if (!keysExchanged && received.length >= PUBLIC_KEY_LENGTH) {
        keysExchanged = true;
        socket.write(seal(text, received.slice(0, PUBLIC_KEY_LENGTH)));
        received = received.slice(PUBLIC_KEY_LENGTH);
      }
      if (keysExchanged && isComplete(received, form)) settle(() => resolve(performance.now() - begin));
    };
    const open = () => {
      socket = connect(socketPath).setEncoding('latin1');
      socket.once('connect', () => socket.write(form === 'plaintext' ? text : greeting));
      socket.on('data', take);
      socket.once('end', () => settle(() => reject(new Error(`the agent answers: ${received}`))));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        // The agent's queue is full. A C client would sleep in connect() until it has taken the next one.
        if (error.code === 'EAGAIN') waiting.push(open);
        else settle(() => reject(error));
      });
    };
    open();
  });
}

/** The clients that wait until the agent has accepted another one. */
const waiting: (() => void)[] = [];
const letNextIn = () => waiting.shift()?.();

function seal(text: Buffer, agentKey: string): string {
  const cipher = Buffer.alloc(text.length + sodium.crypto_box_MACBYTES);
  sodium.crypto_box_easy(cipher, text, nonce, Buffer.from(agentKey, 'base64'), secretKey);
  return `${text.length}:${nonce.toString('base64')}:${cipher.toString('base64')}`;
}

/** Whether this is a success, to its end. A failure never is, and shows when the agent closes the connection. */
function isComplete(answer: string, form: Form): boolean {
  if (form === 'plaintext') return answer.trimEnd().endsWith('}') && !answer.includes('failure');
  const [length = '', , cipher = ''] = answer.split(':');
  return (
    cipher.length > 0 && cipher.length === Math.ceil((Number(length) + sodium.crypto_box_MACBYTES) / 3) * 4
  );
}

export interface Load {
  /** Of each request. */
  readonly milliseconds: readonly number[];
  readonly perSecond: number;
}

/** So many clients at once, each asking again as soon as it is answered, so often. */
export async function load(
  socketPath: string,
  request: WireRequest,
  clients: number,
  requests: number,
): Promise<Load> {
  const milliseconds: number[] = [];
  const client = async () => {
    for (let sent = 0; sent < requests; sent += 1) milliseconds.push(await ask(socketPath, request));
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return { milliseconds, perSecond: (milliseconds.length / (performance.now() - begin)) * 1000 };
}
