/** What is promised of the compiled oidc-token beyond the behaviour that it shares with the Node program. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startBusyAgent } from '../../client/test/busy-agent.ts';
import { type Script, startScriptedAgent } from '../../client/test/scripted-agent.ts';
import {
  type Builds,
  buildNames,
  type Command,
  dist,
  impatient,
  install,
  makeBuilds,
  missingBuilds,
} from './builds.ts';

const success = { status: 'success', access_token: 'abc.def' };

let builds: Builds;
beforeAll(async () => {
  builds = await makeBuilds();
});
afterAll(() => builds.remove());

const run = ([program, ...first]: Command, args: readonly string[], env: Record<string, string>) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = { env, maxBuffer: Number.POSITIVE_INFINITY };
    const child = execFile(program, [...first, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
    child.stdin?.end();
  });

const agentWith = async (script: string | object | Script) => {
  const agent = await startScriptedAgent(script);
  onTestFinished(() => agent.close());
  return agent;
};

/** A folder that has a compiled program, and nothing else. */
const alone = async (build: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'jeton-native-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = await install(build, join(folder, 'oidc-token'));
  return { folder, program };
};

describe.skip.each(missingBuilds)('%s (npm run build:native)', () => it('is not there'));

describe.each(buildNames.filter((name) => name !== 'for Node'))('oidc-token, %s,', (build) => {
  const ask = async (script: string | object | Script, ...args: string[]) => {
    const { socketPath } = await agentWith(script);
    return await run(builds.command(build), args, { OIDC_SOCK: socketPath });
  };

  it('needs no Node for what scripts ask again and again', async () => {
    const { folder, program } = await alone(build);
    const { socketPath, requests } = await agentWith(success);
    const env = { OIDC_SOCK: socketPath, PATH: folder };
    const output = { code: 0, stdout: 'abc.def\n', stderr: '' };
    expect(await run(program, ['wlcg'], env)).toEqual(output);
    expect(
      await run(program, ['-fo', '-s', 'a', '--scope=b', '--aud=c', '--name=d', 'https://x'], env),
    ).toEqual(output);
    expect(
      await run(program, ['-act1', '--bearer', '--auth-header', '-e', '-iX', '--', 'wlcg'], env),
    ).toEqual({
      ...output,
      stdout: 'abc.def\n\n0\n',
    });
    expect(requests).toHaveLength(3);
    const failing = await agentWith({ status: 'failure', error: 'Agent locked' });
    expect(await run(program, ['wlcg'], { ...env, OIDC_SOCK: failing.socketPath })).toMatchObject({
      code: 77,
    });
  });

  it('waits for its turn where the queue of the agent is full, and is not late then', async () => {
    const [program, ...first] = builds.command(build);
    const agent = await startBusyAgent();
    const child = spawn(program, [...first, 'wlcg'], { env: { OIDC_SOCK: agent.socketPath } });
    const output = text(child.stdout);
    // The only thing that it can wait for now.
    await vi.waitFor(async () => expect(await readFile(`/proc/${child.pid}/stat`, 'utf8')).toMatch(/\) S /), {
      timeout: 60_000,
    });
    agent.goOn();
    expect(await output).toBe('abc\n');
  });

  it('says what is missing where the Node program is needed and not there', async () => {
    const { folder, program } = await alone(build);
    expect(await run(program, ['--help'], { PATH: dirname(process.execPath) })).toEqual({
      code: 69,
      stdout: '',
      stderr: `Error: a part of oidc-token is missing: ${folder}/oidc-token.cjs\nhint: install jeton again\n`,
    });
    await copyFile(builds.script, join(folder, 'oidc-token.cjs'));
    expect(await run(program, ['--help'], { PATH: folder })).toEqual({
      code: 69,
      stdout: '',
      stderr:
        'Error: oidc-token cannot start node: No such file or directory\nhint: jeton needs Node.js 20.19 or later in PATH\n',
    });
  });

  it('prefers the Node in its own folder, which a package brings, to that of PATH', async () => {
    const { folder, program } = await alone(build);
    await copyFile(builds.script, join(folder, 'oidc-token.cjs'));
    await writeFile(join(folder, 'node'), '#!/bin/sh\necho "own: $*"\n', { mode: 0o755 });
    const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
    const stdout = `own: ${folder}/oidc-token.cjs --help\n`;
    expect(await run(program, ['--help'], env)).toEqual({ code: 0, stdout, stderr: '' });
    // One that does not run is as none.
    await writeFile(join(folder, 'node'), '');
    const { stdout: help } = await run(program, ['--help'], env);
    expect(help).toContain('Usage: oidc-token');
  });

  it('asks the agent elsewhere, through the Node program, for an account that is unknown here', async () => {
    const { socketPath, requests } = await agentWith({
      status: 'failure',
      error: 'No account configured with that short name',
    });
    const env = { PATH: dirname(process.execPath), OIDC_SOCK: socketPath, OIDC_REMOTE_SOCK: '127.0.0.1:1' };
    expect(await run(builds.command(build), ['wlcg'], env)).toMatchObject({ code: 1, stdout: '' });
    expect(requests).toHaveLength(2);
  });

  it('takes an answer in any number of pieces', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...success, info: 'Zoë 😀' }));
    const inPieces: Script = async (connection) => {
      for (const byte of bytes) {
        await new Promise((resolve) => connection.write(Uint8Array.of(byte), resolve));
        await setImmediate();
      }
      connection.end();
    };
    expect(await ask(inPieces, 'wlcg')).toEqual({ code: 0, stdout: 'abc.def\n', stderr: 'Zoë 😀\n' });
  });

  it('prints a token of any size, and sends a request of any size', async () => {
    const token = 'x'.repeat(900_000);
    const scope = '\u0001'.repeat(80_000);
    let received = '';
    const whole: Script = (connection, piece) => {
      received += piece;
      if (received.endsWith('}')) connection.end(JSON.stringify({ ...success, access_token: token }));
    };
    const args = ['-s', scope, '-s', scope, '-s', scope, 'wlcg'];
    expect(await ask(whole, ...args)).toEqual({ code: 0, stdout: `${token}\n`, stderr: '' });
    expect(JSON.parse(received)).toMatchObject({ scope: [scope, scope, scope].join(' ') });
    received = '';
    expect(await ask(whole, ...args, ...args, ...args.slice(0, -1))).toMatchObject({ code: 64 });
    expect(await ask(whole, '-s', scope, ...args)).toEqual({ code: 0, stdout: `${token}\n`, stderr: '' });
  });

  it('refuses an answer of more than a mebibyte', async () => {
    const endless: Script = (connection) => {
      const block = Buffer.alloc(65536, 'x');
      const more = () => connection.write(block, (error) => error ?? more());
      more();
    };
    expect(await ask(endless, 'wlcg')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error: The answer of the agent is too long\n',
    });
  });

  it('goes on after it was stopped', async () => {
    const { socketPath } = await agentWith((connection) => {
      child.kill('SIGSTOP');
      child.kill('SIGCONT');
      connection.end(JSON.stringify(success));
    });
    const [program, ...first] = builds.command(build);
    const child = spawn(program, [...first, 'wlcg'], { env: { OIDC_SOCK: socketPath } });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });

  it('never prints to the agent what belongs to an output that is closed', async () => {
    const { socketPath, requests } = await agentWith(success);
    const env = { PATH: dirname(process.execPath), OIDC_SOCK: socketPath };
    const script = '"$@" wlcg >&-';
    expect(await run(['/bin/sh', '-c', script, 'sh'], builds.command(build), env)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(requests.join()).not.toContain('abc.def');
  });
});

describe.skipIf(!buildNames.includes('compiled'))('in 96 MiB of address space, oidc-token', () => {
  const token = '{"status":"success","access_token":"abc';
  const command = 'OIDC_AT=abc; export OIDC_AT;\n';
  const done = (stdout: string) => ({ code: 0, stdout });
  const malformed = { code: 1, stdout: '', stderr: 'Error: The answer of the agent is not ' };

  it.each([
    ['a token', token, 'x', '"}', done('OIDC_AT=abcxxx')],
    ['a token of quotes', token, "'", '"}', done("OIDC_AT='abc'\\''")],
    ['line breaks as they are', `${token}","info":"`, '\n', '"}', done(command)],
    ['what is no UTF-8', `${token}","info":"`, '\u00ff', '"}', done(command)],
    ['members', `${token}"`, ',"":0', '}', done(command)],
    ['texts', `${token}","other":[0`, ',"\\n"', ']}', done(command)],
    ['arrays in arrays', `${token}","other":`, '[', '}', malformed],
  ])('is done with the longest command line and a mebibyte of %s', async (_, begin, part, end, expected) => {
    const count = Math.floor((1024 * 1024 - begin.length - end.length) / part.length);
    let received = '';
    const { socketPath } = await agentWith((connection, piece) => {
      received += piece;
      if (received.endsWith('}')) connection.end(begin + part.repeat(count) + end, 'latin1');
    });
    const script = 'ulimit -v 98304; exec "$@" -c -s "$SCOPE" -s "$SCOPE" wlcg';
    const env = { OIDC_SOCK: socketPath, SCOPE: '\u0001'.repeat(120_000) };
    const { code, stdout, stderr } = await run(
      ['/bin/sh', '-c', script, 'sh'],
      builds.command('compiled'),
      env,
    );
    // Keep the failure report short.
    const heads = { stdout: stdout.slice(0, expected.stdout.length || 10), stderr: stderr.slice(0, 38) };
    expect({ code, ...heads }).toMatchObject(expected);
  });
});

describe.skipIf(!existsSync(impatient))(
  'when its time is over, four seconds in this build, oidc-token',
  () => {
    const timesOut = async (script: Script, ...args: string[]) => {
      const { socketPath } = await agentWith(script);
      return await run([impatient], [...args, 'wlcg'], { OIDC_SOCK: socketPath });
    };

    it('says that the agent did not answer', async () => {
      const output = {
        code: 75,
        stdout: '',
        stderr: [
          'Error: did not receive any response',
          'hint: the agent took the request, but did not answer within 4 s',
          'hint: it may be waiting for the issuer, which can take a minute, or for you to answer a dialog; then try again\n',
        ].join('\n'),
      };
      const nothing = timesOut(() => {});
      const half = timesOut((connection) => void connection.write('{"status":'));
      expect(await nothing).toEqual(output);
      expect(await half).toEqual(output);
    });

    it('says that the agent took no connection', async () => {
      const { socketPath } = await startBusyAgent();
      expect(await run([impatient], ['wlcg'], { OIDC_SOCK: socketPath })).toEqual({
        code: 75,
        stdout: '',
        stderr:
          'Error: Could not connect to oidc-agent\nhint: the agent took no connection within 4 s; try again\n',
      });
    });
  },
);

describe('npm run build:native', () => {
  const script = join(import.meta.dirname, '../../../scripts/build-native.js');
  const build = (folder: string) =>
    run([process.execPath, script], [folder], { PATH: process.env.PATH ?? '', TMPDIR: folder });

  it.skipIf(!buildNames.includes('compiled'))(
    'makes the same bytes in every folder',
    { timeout: 300_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'another folder '));
      onTestFinished(() => rm(folder, { recursive: true }));
      expect(await build(folder)).toMatchObject({ code: 0 });
      for (const name of ['oidc-token', 'oidc-agent']) {
        const [made, shipped] = await Promise.all(
          [folder, dist].map((place) => readFile(join(place, `linux-${process.arch}`, name))),
        );
        expect(shipped?.equals(made ?? Buffer.of())).toBe(true);
      }
    },
  );
});
