import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Sandbox } from '../computer/sandbox.ts';
import { type RunningIam, startIam } from './iam.ts';

/**
 * Starts jeton-iam behind a gate that gives a new refresh token with every access token and takes each of them once
 * (RFC 9700 section 4.14.2). IAM itself lets a client keep its refresh token. Both end with the sandbox.
 */
export async function startRotatingIam(sandbox: Sandbox): Promise<RunningIam> {
  const gate = createServer((request, response) => void pass(request, response));
  gate.listen(0, 'localhost');
  await once(gate, 'listening');
  sandbox.onClose(() => gate.close());
  const address = gate.address();
  if (address === null || typeof address === 'string') throw new Error('the gate does not listen');
  const issuer = `http://localhost:${address.port}/`;
  const iam = await startIam(sandbox, ['--auto-approve', 'test', '--issuer', issuer]);
  /** What jeton-iam calls each refresh token that was given and not used yet. */
  const unused = new Map<string, string>();
  let rotations = 0;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const body = await text(request);
    const form = new URLSearchParams(url === '/token' ? body : '');
    const given = form.get('refresh_token') ?? '';
    const refreshToken = unused.get(given) ?? 'used';
    if (given !== '') form.set('refresh_token', refreshToken);
    unused.delete(given);
    const answer = await fetch(`http://localhost:${iam.port}${url}`, {
      method,
      headers: Object.entries(headers).flatMap(([name, value]): [string, string][] =>
        ['authorization', 'content-type'].includes(name) ? [[name, String(value)]] : [],
      ),
      body: method === 'POST' ? form.toString() || body : null,
    });
    let shown = await answer.text();
    if (url === '/token' && answer.ok) {
      const tokens = JSON.parse(shown);
      rotations += 1;
      const next = `rotated-${rotations}`;
      unused.set(next, tokens.refresh_token ?? refreshToken);
      shown = JSON.stringify({ ...tokens, refresh_token: next });
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(shown);
  }
  return { ...iam, issuer };
}
