import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { IssuerMetadata } from '../src/oauth/issuer/discovery.ts';

/** A request that the test issuer received. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** The body read as a form. */
  form: Record<string, string>;
}

/** One scripted answer; a function may do anything to the connection. */
export type Answer =
  | { status?: number; headers?: Record<string, string>; json?: unknown; text?: string }
  | ((request: ReceivedRequest, response: ServerResponse) => void);

export interface ScriptedIssuer {
  /** Without a trailing slash. */
  url: string;
  requests: ReceivedRequest[];
  metadata: IssuerMetadata;
}

/**
 * Starts an issuer on 127.0.0.1 that answers as a test wrote it; it ends with the test.
 * It chooses the answer by path; several answers for a path follow one another, and the last one stays.
 */
export async function scriptedIssuer(
  script: Record<string, Answer | Answer[]>,
  tls?: { key: Buffer; cert: Buffer },
): Promise<ScriptedIssuer> {
  const requests: ReceivedRequest[] = [];
  const given = new Map<string, number>();
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body, form: Object.fromEntries(new URLSearchParams(body)) };
    requests.push(request);
    const answers = [script[path] ?? { status: 404 }].flat();
    const count = given.get(path) ?? 0;
    given.set(path, count + 1);
    const answer = answers[Math.min(count, answers.length - 1)];
    if (typeof answer === 'function') return answer(request, response);
    const { status = 200, headers: extra = {}, json, text = '' } = answer ?? {};
    const type = json === undefined ? {} : { 'content-type': 'application/json' };
    response.writeHead(status, { ...type, ...extra }).end(json === undefined ? text : JSON.stringify(json));
  };
  const listener = (incoming: IncomingMessage, response: ServerResponse) => void handle(incoming, response);
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  const url = `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${await listen(server)}`;
  const metadata: IssuerMetadata = {
    issuer: `${url}/`,
    protocol: 'oidc',
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    device_authorization_endpoint: `${url}/devicecode`,
    registration_endpoint: `${url}/register`,
    revocation_endpoint: `${url}/revoke`,
    jwks_uri: `${url}/jwk`,
  };
  return { url, requests, metadata };
}

/** Listens on a free port of 127.0.0.1 until the test has ended. */
export async function listen(server: Server | import('node:net').Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
