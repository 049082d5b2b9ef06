import { connect, type Socket } from 'node:net';

/** A client of the agent that does not keep to the protocol. */
export class RawClient {
  readonly socket: Socket;
  #received = '';
  readonly #end: Promise<string>;

  constructor(socketPath: string) {
    this.socket = connect({ path: socketPath, allowHalfOpen: true });
    this.socket.setEncoding('utf8').on('data', (text) => {
      this.#received += text;
    });
    this.#end = new Promise((resolve, reject) => {
      this.socket.once('end', () => resolve(this.#received));
      // The agent closed before it had read everything that was sent; the answer received so far counts.
      this.socket.once('error', (error) => (this.#received === '' ? reject(error) : resolve(this.#received)));
    });
    // A test that does not ask for the answer does not miss it.
    this.#end.catch(() => undefined);
  }

  /** Sends something, and waits until the system has taken it. */
  async write(bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** The next piece that the agent sends. */
  async next(): Promise<string> {
    return await new Promise((resolve) => this.socket.once('data', (text) => resolve(`${text}`)));
  }

  /** All that the agent sent until it closed the connection. */
  async answer(): Promise<string> {
    const answer = await this.#end;
    this.socket.destroy();
    return answer;
  }
}
