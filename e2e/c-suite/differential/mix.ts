import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exchange } from '@jeton/client/conversation/exchange';
import { accountFromJson, accountToJson } from '../../../packages/agent/src/accounts/account.ts';
import { writeAccountFile } from '../../../packages/agent/src/accounts/account-file.ts';
import { FileKey } from '../../../packages/agent/src/accounts/format/crypt.ts';
import { lockFileOf } from '../../../packages/agent/src/files/lock/lock-file.ts';
import { Secret } from '../../../packages/agent/src/secret.ts';
import { PASSWORD } from '../../support/agent/accounts.ts';
import { startAgent } from '../../support/agent/agent.ts';
import { ourPrograms, programPath, type Suite } from '../../support/computer/programs.ts';
import { Sandbox } from '../../support/computer/sandbox.ts';
import { endProcess } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { Terminal } from '../../support/user/terminal.ts';
import { masking } from './masks.ts';
import { CLIENT_ID, CLIENT_SECRET, RecordedIssuer, SCOPE } from './recorded-issuer.ts';
import type { MixName, Scenario, Step } from './scenario.ts';
import { fileLines, readFolder, type StepOutcome, stepLines } from './transcript.ts';

/** Longer than any command line takes. Some C programs would go on for ever. */
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT = 100_000;
const LISTED_MS = 10_000;

const fileKey = FileKey.derive(new Secret(PASSWORD));

/** The programs of one suite, an agent of one suite, an issuer, and the computer of their user. */
export class Mix {
  readonly programs: Suite;
  readonly agent: Suite;
  readonly #sandbox = new Sandbox('diff-');
  readonly #ready: Promise<{ issuer: RecordedIssuer; socket: string; pid: number }>;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(programs: Suite, agent: Suite) {
    this.programs = programs;
    this.agent = agent;
    this.#ready = this.#prepare();
  }

  /** The programs' suite and the agent's. */
  get name(): MixName {
    return `${this.programs}/${this.agent}`;
  }

  /** Runs a scenario, after those before it, and gives its transcript. */
  run(scenario: Scenario): Promise<string[]> {
    const run = this.#queue.then(() => this.#run(scenario));
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async close(): Promise<void> {
    // Also what no scenario has waited for.
    await this.#ready.catch(() => undefined);
    await this.#queue;
    await this.#sandbox.close();
  }

  async #prepare() {
    const sandbox = this.#sandbox;
    const bin = join(sandbox.folder, 'bin');
    mkdirSync(bin);
    if (this.programs === 'c') {
      for (const name of ['oidc-agent', 'oidc-gen', 'oidc-add', 'oidc-token'])
        symlinkSync(programPath(name, 'c'), join(bin, name));
    }
    const ours = this.programs === 'ours' ? [ourPrograms] : [];
    const issuer = await RecordedIssuer.start(sandbox);
    const agent = await startAgent(sandbox, { suite: this.agent });
    sandbox.env.PATH = [bin, ...ours, process.env.PATH].join(':');
    Object.assign(sandbox.env, { ISSUER: issuer.url, OIDC_ENCRYPTION_PW: PASSWORD });
    sandbox.env.XDG_RUNTIME_DIR = sandbox.env.TMPDIR ?? '';
    return { issuer, ...agent };
  }

  async #run(scenario: Scenario): Promise<string[]> {
    const { issuer, ...shared } = await this.#ready;
    const sandbox = this.#sandbox;
    issuer.control.behave();
    rmSync(sandbox.accounts, { recursive: true, force: true });
    mkdirSync(sandbox.accounts, { mode: 0o700 });
    const agent =
      scenario.agent === undefined
        ? shared
        : await startAgent(sandbox, { suite: this.agent, args: scenario.agent });
    Object.assign(sandbox.env, { OIDC_SOCK: agent.socket, OIDCD_PID: String(agent.pid) });
    await exchange({ request: 'remove_all' }, { socketPath: agent.socket });
    // Where the C oidc-gen keeps a client that it has registered and not used yet.
    for (const name of ['new', 'newer', 'newest']) {
      const request = { request: 'file_remove', filename: `/tmp/oidc-gen:${name}` };
      await exchange(request, { socketPath: agent.socket }).catch(() => undefined);
    }
    await this.#makeAccounts(scenario, issuer, agent.socket);
    await this.#whenListed(agent.socket);
    const list = join(sandbox.accounts, 'issuer.config');
    // Each mix begins without what its agent has listed of the accounts that the scenario has loaded.
    if (scenario.files?.['issuer.config'] === undefined) rmSync(list, { force: true });
    sandbox.env.REFRESH_TOKEN = await issuer.logIn();
    issuer.control.behave({ rules: [{ endpoint: '/devicecode', interval: 1 }], ...scenario.behaviour });
    issuer.requests.length = 0;

    const before = readFolder(sandbox.home);
    const outcomes: StepOutcome[] = [];
    for (const step of scenario.run) outcomes.push(await this.#step(step));
    await this.#whenListed(agent.socket, scenario.loaded);
    const lines = [
      ...outcomes.flatMap(stepLines),
      ...(await fileLines(sandbox.home, before)),
      ...issuer.requests.map((request) => `@ ${request}`),
    ];
    for (const { stdout } of outcomes) await endAgentsOf(stdout);
    if (scenario.agent !== undefined) await endProcess(agent.pid);
    const mask = masking({ folder: sandbox.folder, issuer: issuer.url });
    return mask(lines.join('\n')).split('\n');
  }

  /** Our agent lists in the background; the wait has an end, as not each of these accounts has to be listed. */
  async #whenListed(socketPath: string, except: readonly string[] = []): Promise<void> {
    if (this.agent === 'c') return;
    const { info } = await exchange({ request: 'loaded_accounts' }, { socketPath }).catch(() => ({
      info: [],
    }));
    const loaded = Array.isArray(info) ? info.map(String) : [];
    const { accounts } = this.#sandbox;
    const list = join(accounts, 'issuer.config');
    const missing = () => {
      const listed = existsSync(list) ? readFileSync(list, 'utf8').split(/[\s"]+/) : [];
      return loaded.some(
        (name) => existsSync(join(accounts, name)) && !except.includes(name) && !listed.includes(name),
      );
    };
    const end = performance.now() + LISTED_MS;
    const busy = () => missing() || existsSync(lockFileOf(list));
    await until(() => !busy() || performance.now() > end);
  }

  async #makeAccounts(
    { accounts = ['wlcg'], loaded = [], ...scenario }: Scenario,
    issuer: RecordedIssuer,
    socketPath: string,
  ) {
    const { accounts: folder } = this.#sandbox;
    for (const [name, content] of Object.entries(scenario.files ?? {})) {
      writeFileSync(join(folder, name), content.replaceAll('$ISSUER', issuer.url), { mode: 0o600 });
    }
    for (const name of accounts) {
      const account = accountFromJson({
        name,
        client_name: `oidc-agent:${name}-host`,
        issuer_url: issuer.url,
        device_authorization_endpoint: `${issuer.url}devicecode`,
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        refresh_token: await issuer.logIn(),
        auth_scope: SCOPE,
        redirect_uris: [
          'http://localhost:4242',
          'http://localhost:8080',
          'edu.kit.data.oidc-agent:/redirect',
        ],
        ...scenario.account,
      });
      await writeAccountFile(join(folder, name), account, await fileKey);
      if (loaded.includes(name))
        await exchange({ request: 'add', config: accountToJson(account), plain_add: 0 }, { socketPath });
    }
  }

  async #step(step: Step): Promise<StepOutcome> {
    const { line, answers } = typeof step === 'string' ? { line: step, answers: undefined } : step;
    if (answers === undefined) return await this.#runLine(line);
    const terminal = new Terminal(this.#sandbox, '/bin/sh', ['-c', line]);
    const timer = setTimeout(() => terminal.hangUp(), TIMEOUT_MS);
    for (const [shown, typed] of answers) {
      await terminal.waitFor(new RegExp(shown.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')), TIMEOUT_MS);
      terminal.type(typed);
    }
    const code = await terminal.exit();
    clearTimeout(timer);
    return { line, stdout: '', stderr: '', screen: terminal.screen, code };
  }

  async #runLine(line: string): Promise<StepOutcome> {
    const { folder, env } = this.#sandbox;
    const child = spawn('/bin/sh', ['-c', line], {
      cwd: folder,
      env,
      // A group of its own, so that all that it started can be ended.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), TIMEOUT_MS);
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject).once('close', (code) => resolve(code ?? -1));
    });
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    clearTimeout(timer);
    return { line, stdout: stdout.slice(0, MAX_OUTPUT), stderr: stderr.slice(0, MAX_OUTPUT), code };
  }
}

/** Ends the agents that a command line started and left. */
async function endAgentsOf(output: string): Promise<void> {
  for (const [, pid] of output.matchAll(/(?:OIDCD_PID=|"dpid":\t")(\d+)/g)) await endProcess(Number(pid));
}
