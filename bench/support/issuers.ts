/** The two issuers of bench/iam.ts: the built jeton-iam, and oidc-provider alone. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Sandbox } from '../../e2e/support/computer/sandbox.ts';
import { startIam } from '../../e2e/support/servers/iam.ts';
import { compileProcess } from './compile.ts';
import { personalClient, resource, scope } from './scenario.ts';

export const issuerNames = ['jeton-iam', 'oidc-provider'] as const;
export type IssuerName = (typeof issuerNames)[number];

export interface RunningIssuer {
  /** By its address: to resolve `localhost` is no part of a request. */
  readonly origin: string;
  readonly pid: number;
  /** The refresh token of a user who has logged in with `personalClient`. */
  readonly refreshToken: () => Promise<string>;
}

const oidcProvider = compileProcess('oidc-provider');

/** Starts an issuer on a free port; when the promise is fulfilled it answers. It ends with the sandbox. */
export async function startIssuer(sandbox: Sandbox, name: IssuerName): Promise<RunningIssuer> {
  if (name === 'oidc-provider') {
    const child = sandbox.spawn(process.execPath, [await oidcProvider], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout === null) throw new Error('no output');
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const { port, pid, refreshToken } = JSON.parse(line);
    return { origin: loopback(port), pid, refreshToken: async () => refreshToken };
  }
  const { port, pid } = await startIam(sandbox, []);
  return { origin: loopback(port), pid, refreshToken: () => logIn(loopback(port)) };
}

const loopback = (port: number) => `http://127.0.0.1:${port}`;

/** Device flow with jeton-iam, whose control endpoint does what a person would do. @returns a refresh token */
async function logIn(origin: string): Promise<string> {
  const post = async (path: string, body: URLSearchParams | string) =>
    await (await fetch(origin + path, { method: 'POST', body })).text();
  const form = (fields: Record<string, string>) => new URLSearchParams({ ...personalClient, ...fields });
  const { user_code, device_code } = JSON.parse(await post('/devicecode', form({ scope, resource })));
  await post(`/dev/device-codes/${user_code}`, JSON.stringify({ user: 'test', approve: true }));
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  return JSON.parse(await post('/token', form({ grant_type, device_code }))).refresh_token;
}
