/** An agent of each installed suite, with the same accounts at an issuer that answers at once. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { writeAccount } from '../../e2e/support/agent/account-files.ts';
import { PASSWORD } from '../../e2e/support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../../e2e/support/agent/agent.ts';
import { hasDebianSuite, type Suite } from '../../e2e/support/computer/programs.ts';
import type { Sandbox } from '../../e2e/support/computer/sandbox.ts';
import { ask, wireRequest } from './agent-clients.ts';
import { compileProcess } from './compile.ts';
import { processTree } from './processes.ts';

/** The installed suites. */
export const suites: readonly Suite[] = hasDebianSuite ? ['ours', 'c'] : ['ours'];

export interface QuickIssuer {
  readonly origin: string;
  /** What accounts have as `cert_path`. */
  readonly certificate: string;
  /** What it prints, a line each time its slow part is asked for a token. */
  readonly output: Interface;
}

/**
 * Starts the issuer of quick-issuer.ts; it ends with the sandbox.
 *
 * @param lifetime seconds that its tokens are valid
 */
export async function startQuickIssuer(sandbox: Sandbox, lifetime = 3600): Promise<QuickIssuer> {
  const [certificate, key] = [join(sandbox.folder, 'issuer.pem'), join(sandbox.folder, 'issuer.key')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', ...newKey, ...names, '-out', certificate], { stdio: 'ignore' });
  const program = await compileProcess('quick-issuer');
  const child = sandbox.spawn(process.execPath, [program, certificate, key, String(lifetime)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('no output');
  const output = createInterface({ input: child.stdout });
  const [origin] = await once(output, 'line');
  return { origin, certificate, output };
}

/** The file that has the password of all accounts. */
export const passwordFile = (sandbox: Sandbox) => join(sandbox.folder, 'password');

export type TwoAgents = Readonly<Record<Suite, RunningAgent>>;

/** Starts the agents and loads one account each for every part of the issuer, called like the part. */
export async function startTwoAgents(sandbox: Sandbox, issuer: QuickIssuer): Promise<TwoAgents> {
  writeFileSync(passwordFile(sandbox), `${PASSWORD}\n`, { mode: 0o600 });
  const agents = new Map<Suite, RunningAgent>();
  for (const suite of suites) {
    agents.set(suite, await startAgent(sandbox, { suite }));
    for (const part of ['steady', 'rotating', 'slow']) {
      const name = accountOf(part, suite);
      await writeAccount(sandbox, accountAt(issuer, part, name));
      const { code, stdout, stderr } = await sandbox.run('oidc-add', addArguments(sandbox, name), { suite });
      if (code !== 0) throw new Error(`oidc-add ${name}: ${stdout}${stderr}`);
    }
  }
  const ours = agents.get('ours');
  if (ours === undefined) throw new Error('no agent');
  // Without the C suite the benchmark starts no C agent.
  return { ours, c: agents.get('c') ?? ours };
}

/** A separate account for each suite: both agents rewrite the file of an account whose refresh token rotates. */
export const accountOf = (part: string, suite: Suite) => `${part}-${suite}`;

/** The members of an account at a part of the issuer. */
export function accountAt({ origin, certificate }: QuickIssuer, part: string, name: string) {
  return { name, issuer_url: `${origin}/${part}/`, cert_path: certificate };
}

/** `oidc-add` without a question. */
export const addArguments = (sandbox: Sandbox, name: string) => [`--pw-file=${passwordFile(sandbox)}`, name];

/** Hands an account to an agent as `oidc-add` does, without its start-up and its password. */
export async function addAccount(issuer: QuickIssuer, socket: string, name: string): Promise<void> {
  const grant = { client_id: 'client', refresh_token: 'first refresh token', scope: 'openid offline_access' };
  const config = { ...accountAt(issuer, 'steady', name), ...grant };
  await ask(socket, wireRequest({ request: 'add', config, pw_entry: { account: name, type: 8 } }));
}

/** Whether the Node program of an agent runs (docs/native.md). An agent of the C suite is one that never sleeps. */
export const isAwake = ({ pid }: { readonly pid: number }) => processTree(pid).length > 1;

/** Milliseconds: a longer one than any agent stays awake for itself. */
const SLEEP_DEADLINE_MS = 60_000;

/**
 * Waits until our agent sleeps, if it is one that does.
 * @throws Error when it does not fall asleep
 */
export async function untilAsleep(agent: { readonly pid: number }, suite: Suite): Promise<void> {
  if (suite !== 'ours' || process.env.JETON_SLEEP_AFTER === 'never') return;
  const giveUp = performance.now() + SLEEP_DEADLINE_MS;
  while (isAwake(agent)) {
    if (performance.now() > giveUp) throw new Error('the agent does not fall asleep');
    await pause(5);
  }
}
