import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Client, defaultSettings } from '../../../packages/iam/src/clients/clients.ts';
import type { Control } from '../../../packages/iam/src/control.ts';
import {
  AUTHORIZATION_CODE,
  DEVICE_CODE,
  PASSWORD as PASSWORD_GRANT,
  REFRESH_TOKEN,
} from '../../../packages/iam/src/grants/names.ts';
import { startServer } from '../../../packages/iam/src/server.ts';
import type { Sandbox } from '../../support/computer/sandbox.ts';

/** What the prepared accounts ask for. */
export const SCOPE = 'openid profile storage.read:/ compute.read offline_access';
export const CLIENT_ID = 'the-client';
export const CLIENT_SECRET = 'its-secret';

/** A jeton-iam in the test's process that approves all by itself, behind a gate that writes down every request. */
export class RecordedIssuer {
  /** The requests as lines of a transcript: method, path, how the client proved itself, and what it sent. */
  readonly requests: string[] = [];
  readonly url: string;
  readonly control: Control;
  readonly #port: number;

  private constructor(url: string, control: Control, port: number) {
    this.url = url;
    this.control = control;
    this.#port = port;
  }

  /** Ends with the sandbox. */
  static async start(sandbox: Sandbox): Promise<RecordedIssuer> {
    const gate = createServer();
    gate.listen(0, 'localhost');
    await once(gate, 'listening');
    const address = gate.address();
    if (address === null || typeof address === 'string') throw new Error('the gate does not listen');
    const url = `http://localhost:${address.port}/`;
    const iam = await startServer({ issuer: url, autoApprove: 'test', clients: [client] });
    const issuer = new RecordedIssuer(url, iam.control, iam.port);
    gate.on('request', (request, response) => void issuer.#pass(request, response));
    sandbox.onClose(async () => {
      gate.close();
      gate.closeAllConnections();
      await iam.close();
    });
    return issuer;
  }

  /** A refresh token of the test user for the client of the prepared accounts. Nothing is written down. */
  async logIn(): Promise<string> {
    const answer = await fetch(`http://localhost:${this.#port}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}` },
      body: new URLSearchParams({
        grant_type: 'password',
        username: 'test',
        password: 'password',
        scope: SCOPE,
      }),
    });
    if (!answer.ok) throw new Error(`no login: ${await answer.text()}`);
    return JSON.parse(await answer.text()).refresh_token;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    this.requests.push(describe(request, body));
    const passed = ['authorization', 'content-type', 'accept', 'cookie'].flatMap(
      (name): [string, string][] => {
        const value = headers[name];
        return value === undefined ? [] : [[name, String(value)]];
      },
    );
    const answer = await fetch(`http://localhost:${this.#port}${url}`, {
      method,
      headers: passed,
      redirect: 'manual',
      body: body === '' ? null : body,
    }).catch(() => undefined);
    if (answer === undefined) return void request.socket.destroy();
    const shown = Buffer.from(await answer.arrayBuffer());
    response
      .writeHead(answer.status, [...answer.headers].filter(([name]) => name !== 'content-length').flat())
      .end(url.endsWith('/client-registration') && answer.ok ? withoutBooleans(shown) : shown);
  }
}

/**
 * A registration without the members that are true or false: the C suite 4.2.6 cannot take them in, and what it does from
 * there on cannot be compared.
 */
function withoutBooleans(registration: Buffer): string {
  const members = Object.entries(JSON.parse(registration.toString()));
  return JSON.stringify(Object.fromEntries(members.filter(([, value]) => typeof value !== 'boolean')));
}

function describe({ method, url = '/', headers }: IncomingMessage, body: string): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const scheme = headers.authorization?.split(' ')[0];
  const isJson = headers['content-type']?.startsWith('application/json');
  const sent = isJson ? Object.entries(JSON.parse(body)) : [...searchParams, ...new URLSearchParams(body)];
  const shown = sent.map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [method, pathname, ...(scheme === undefined ? [] : [`(${scheme})`]), ...shown.sort()].join(' | ');
}

const client: Client = {
  ...defaultSettings,
  client_id: CLIENT_ID,
  client_secret: CLIENT_SECRET,
  client_name: 'Client of the prepared accounts',
  redirect_uris: ['http://localhost:4242', 'http://localhost:8080', 'edu.kit.data.oidc-agent:/redirect'],
  grant_types: [AUTHORIZATION_CODE, DEVICE_CODE, PASSWORD_GRANT, REFRESH_TOKEN],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: SCOPE,
  owners: [],
  dynamically_registered: false,
  created_at: 0,
};
