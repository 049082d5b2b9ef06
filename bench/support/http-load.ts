/** Requests to a server, as many as it answers. */
import { Pool } from 'undici';
import { processorMs } from './processes.ts';

/** A GET, or, with a form, a POST. */
export interface Request {
  readonly path: string;
  readonly form?: Readonly<Record<string, string>>;
  /** Basic credentials (RFC 7617). */
  readonly client?: { readonly client_id: string; readonly client_secret: string };
}

export interface Load {
  /** Of each request. */
  readonly milliseconds: readonly number[];
  readonly perSecond: number;
  /** What the server computed for a request. */
  readonly processorMs: number;
}

/** Connections that are kept alive, each with one request at a time. */
export class Connections {
  readonly #pool: Pool;
  readonly #count: number;

  constructor(origin: string, count: number) {
    this.#pool = new Pool(origin, { connections: count });
    this.#count = count;
  }

  /** @throws Error when the answer is not 200 */
  async send({ path, form, client }: Request): Promise<string> {
    const { statusCode, body } = await this.#pool.request({
      path,
      method: form === undefined ? 'GET' : 'POST',
      headers: {
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(client === undefined
          ? {}
          : { authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` }),
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${path} answers ${statusCode}: ${text}`);
    return text;
  }

  /**
   * Sends the same request on every connection, again and again.
   * @param duration milliseconds
   * @param pid the server's process
   */
  async load(request: Request, duration: number, pid: number): Promise<Load> {
    const milliseconds: number[] = [];
    const [begin, processorBegin] = [performance.now(), processorMs(pid)];
    const connection = async () => {
      let [sent, now] = [begin, performance.now()];
      while (now < begin + duration) {
        sent = now;
        await this.send(request);
        now = performance.now();
        milliseconds.push(now - sent);
      }
    };
    await Promise.all(Array.from({ length: this.#count }, connection));
    const seconds = (performance.now() - begin) / 1000;
    return {
      milliseconds,
      perSecond: milliseconds.length / seconds,
      processorMs: (processorMs(pid) - processorBegin) / milliseconds.length,
    };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
