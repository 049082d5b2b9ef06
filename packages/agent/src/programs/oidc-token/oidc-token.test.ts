import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { C_PROGRAMS, hasCAgent, startCAgent } from '../../../../client/test/c-agent.ts';
import { type Script, startScriptedAgent } from '../../../../client/test/scripted-agent.ts';
import { type Builds, buildNames, makeBuilds, missingBuilds } from '../../../../native/test/builds.ts';
import { JETON_VERSION } from '../../version.ts';

const TRY = "Try `oidc-token --help' or `oidc-token --usage' for more information.\n";
const success = {
  status: 'success',
  access_token: 'abc.def',
  issuer: 'https://iam.example/',
  expires_at: 1700000000,
};

let builds: Builds;
let folder: string;
beforeAll(async () => {
  builds = await makeBuilds();
  folder = builds.folder;
});
afterAll(() => builds.remove());

type Result = { code: number | string | null | undefined; stdout: string; stderr: string };

/** Runs a program to its end, in an environment that has nothing but what is given. */
const runProgram = (file: string, args: string[], env: Record<string, string>, uid?: number) =>
  new Promise<Result>((resolve) => {
    const identity = uid === undefined ? {} : { uid, gid: uid };
    const child = execFile(file, args, { env, cwd: folder, ...identity }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
    child.stdin?.end();
  });

describe('for a short start of the Node program', () => {
  it('it imports nothing but node:net, node:tty and what Node has loaded anyway, unless something is amiss', async () => {
    const source = await readFile(builds.script, 'utf8');
    const imports = [...source.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name);
    expect([...new Set(imports)].sort()).toEqual([
      'node:child_process',
      'node:fs',
      'node:net',
      'node:path',
      'node:tty',
    ]);
  });

  it('it does not load the module that starts other programs', async () => {
    const hook = join(folder, 'loaded.cjs');
    await writeFile(
      hook,
      `process.on('exit', () => console.error(process.moduleLoadList.filter((name) => /child_process$/.test(name)).length))`,
    );
    const agent = await startScriptedAgent(success);
    onTestFinished(() => agent.close());
    const env = { OIDC_SOCK: agent.socketPath };
    const result = await runProgram(process.execPath, ['--require', hook, builds.script, 'wlcg'], env);
    expect(result).toEqual({ code: 0, stdout: 'abc.def\n', stderr: '0\n' });
  });
});

describe.skip.each(missingBuilds)('oidc-token, %s (npm run build:native)', () => it('is not there'));

// One behaviour: whatever is promised here, every build keeps.
describe.each(buildNames)('oidc-token, %s:', (build) => {
  const command = () => builds.command(build);
  const oidcToken = (args: string[], env: Record<string, string> = {}, uid?: number) => {
    const [program, ...first] = command();
    return runProgram(
      program,
      [...first, ...args],
      { TMPDIR: folder, PATH: dirname(process.execPath), ...env },
      uid,
    );
  };

  /** Runs oidc-token against an agent that follows the script. */
  const ask = async (script: string | object | Script, ...args: string[]) => {
    const agent = await startScriptedAgent(script);
    onTestFinished(() => agent.close());
    const result = await oidcToken(args, { OIDC_SOCK: agent.socketPath });
    return { ...result, requests: agent.requests };
  };

  describe('--json', () => {
    const claims = Buffer.from('{"scope":"openid storage.read:/","exp":1}').toString('base64url');

    it('prints token, issuer and expiry time, and the scopes that a JWT names', async () => {
      const access_token = `e30.${claims}.x`;
      const { stdout, ...others } = await ask({ ...success, access_token }, '--json', 'wlcg');
      expect(others).toMatchObject({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^\{.*\}\n$/);
      expect(JSON.parse(stdout)).toEqual({
        token: access_token,
        issuer: success.issuer,
        expires_at: success.expires_at,
        scopes: ['openid', 'storage.read:/'],
      });
    });

    it('leaves out what it does not know', async () => {
      const { stdout } = await ask({ ...success, expires_at: 0 }, 'wlcg', '--json');
      expect(JSON.parse(stdout)).toEqual({ token: 'abc.def', issuer: success.issuer });
    });

    it('prints errors as JSON on stderr, with kind, hints and exit code', async () => {
      const failure = {
        status: 'failure',
        error: 'account not loaded',
        info: 'hint: load it: oidc-add wlcg\n',
      };
      const { stdout, stderr, code } = await ask(failure, '--json', 'wlcg');
      expect({ stdout, code }).toEqual({ stdout: '', code: 77 });
      expect(JSON.parse(stderr)).toEqual({
        error: 'account not loaded',
        kind: 'not-loaded',
        hints: ['load it: oidc-add wlcg'],
        exit_code: 77,
      });
    });

    it('goes with no other output', async () => {
      const { stderr, code } = await ask(success, '--json', '-a', 'wlcg');
      expect(stderr).toBe(`oidc-token: options '--json' and '--all' exclude each other\n${TRY}`);
      expect(code).toBe(64);
    });
  });

  describe('a token', () => {
    it('is printed on a line of its own', async () => {
      expect(await ask(success, 'wlcg')).toMatchObject({ code: 0, stdout: 'abc.def\n', stderr: '' });
    });

    it('is asked for by account with everything that the options say', async () => {
      const { requests } = await ask(
        success,
        ...['-s', 'storage.read:/', 'wlcg', '-scompute.read', '--aud=a b', '-t', '60', '--name', 'job'],
      );
      expect(requests).toEqual([
        '{"request":"access_token","min_valid_period":60,"account":"wlcg","scope":"storage.read:/ compute.read","application_hint":"job","audience":"a b"}',
      ]);
    });

    it('lasts as long as the file config says, unless -t or -f says otherwise', async () => {
      const config = join(folder, 'config');
      const env = { OIDC_USER_CONFIG: config };
      const validPeriods = async (...args: string[]) => {
        const agent = await startScriptedAgent(success);
        onTestFinished(() => agent.close());
        const result = await oidcToken([...args, 'wlcg'], { ...env, OIDC_SOCK: agent.socketPath });
        return [result.code, ...agent.requests.map((request) => JSON.parse(request).min_valid_period)];
      };
      await writeFile(config, '# for long jobs\n{"oidc-token": {"default-min-lifetime": 600}}');
      expect(await validPeriods()).toEqual([0, 600]);
      expect(await validPeriods('-t', '5')).toEqual([0, 5]);
      expect(await validPeriods('-f')).toEqual([0, -1]);
      await writeFile(config, '{"oidc-token": {');
      expect(await oidcToken(['wlcg'], env)).toMatchObject({
        code: 78,
        stderr: `Error: error in configuration file: could not parse json\nhint: see ${config}:1:17\n`,
      });
    });

    it('is forced to be new by -f', async () => {
      const { requests } = await ask(success, '-f', 'wlcg');
      expect(requests).toEqual([
        '{"request":"access_token","min_valid_period":-1,"account":"wlcg","application_hint":"oidc-token"}',
      ]);
    });

    it.each([
      ['https://iam.example/', 'issuer'],
      ['HTTPS://IAM.Example', 'issuer'],
      [' https://iam.example/', 'issuer'],
      ['HTTP://LocalHost/', 'issuer'],
      ['http://localhost:8080/', 'issuer'],
      ['http://127.0.0.1:8080', 'issuer'],
      ['http://[::1]/', 'issuer'],
      ['http://iam.example/', 'account'],
      ['http://localhost.example/', 'account'],
      ['wlcg', 'account'],
    ])('of %s is asked for by %s', async (name, member) => {
      const { requests } = await ask(success, name);
      expect(JSON.parse(requests[0] ?? '')).toMatchObject({ [member]: name });
    });

    it('comes on stdout, and what the agent has to say about it on stderr', async () => {
      const result = await ask({ ...success, info: 'The token lacks the scope storage.read:/' }, 'wlcg');
      expect(result).toMatchObject({
        code: 0,
        stdout: 'abc.def\n',
        stderr: 'The token lacks the scope storage.read:/\n',
      });
    });

    it('may be an ID token', async () => {
      const result = await ask({ status: 'success', id_token: 'e30.e30.' }, '--id-token', 'wlcg');
      expect(result).toMatchObject({ code: 0, stdout: 'e30.e30.\n' });
      expect(result.requests).toEqual([
        '{"request":"id_token","account":"wlcg","application_hint":"oidc-token"}',
      ]);
    });

    it('ends quietly when nobody reads it', async () => {
      const agent = await startScriptedAgent(success);
      onTestFinished(() => agent.close());
      const [program = '', ...args] = command();
      const child = spawn(program, [...args, 'wlcg'], { env: { OIDC_SOCK: agent.socketPath } });
      // At once, so before this process can answer as the agent.
      child.stdout.destroy();
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      const [code] = await once(child, 'close');
      expect([code, stderr]).toEqual([1, '']);
    });

    it.runIf(existsSync('/dev/full')).each([
      ['a disk that is full', '"$@" wlcg > /dev/full', 'ENOSPC: no space left on device'],
      ['a file that may not grow', 'ulimit -f 0; "$@" wlcg > not-written', 'EFBIG: file too large'],
      ['a file that was opened for reading', '"$@" wlcg 1< /dev/null', 'EBADF: bad file descriptor'],
    ])('that cannot be written is an error: %s', async (_, script, problem) => {
      const agent = await startScriptedAgent(success);
      onTestFinished(() => agent.close());
      const env = { OIDC_SOCK: agent.socketPath, PATH: dirname(process.execPath) };
      expect(await runProgram('/bin/sh', ['-c', script, 'sh', ...command()], env)).toEqual({
        code: 1,
        stdout: '',
        stderr: `Error: ${problem}, write\n`,
      });
    });
  });

  describe('an error', () => {
    it('of the agent has its text, its explanation and an exit code', async () => {
      const answer = {
        status: 'failure',
        error: 'invalid_grant: expired',
        info: 'Log in again:\noidc-gen wlcg',
      };
      expect(await ask(answer, 'wlcg')).toMatchObject({
        code: 77,
        stdout: '',
        stderr: 'Error: invalid_grant: expired\nLog in again:\noidc-gen wlcg\n',
      });
    });

    it.each([
      ['Agent locked', 77, 'hint: unlock the agent with: oidc-add -X\n'],
      ['account not loaded', 77, 'hint: load the account with: oidc-add wlcg\n'],
      ['operation forbidden', 77, ''],
      [
        'could not connect to url',
        69,
        'hint: the agent cannot reach the issuer; check the network, then try again\n',
      ],
      ['try again later', 75, 'hint: try again in a moment\n'],
      ['Computer says NO!', 1, ''],
    ])('%j ends with %d and the next command', async (error, code, hint) => {
      const result = await ask({ status: 'failure', error }, 'wlcg');
      expect(result).toMatchObject({ code, stdout: '', stderr: `Error: ${error}\n${hint}` });
    });

    it('of an issuer cannot drive the terminal', async () => {
      const { stderr } = await ask({ status: 'failure', error: '\u001b]0;owned\u0007\u009b2J' }, 'wlcg');
      expect(stderr).toBe('Error: ?]0;owned??2J\n');
    });

    it('in the answer never prints a half or broken token', async () => {
      const half = await ask('{"status":"success","access_token":"abc', 'wlcg');
      expect(half).toMatchObject({ code: 1, stdout: '' });
      expect(half.stderr).not.toContain('abc');
      expect(await ask({ ...success, access_token: 'a\nb' }, 'wlcg')).toMatchObject({ code: 1, stdout: '' });
    });

    it('is what an agent means that closes the connection at once', async () => {
      const result = await ask((connection) => connection.destroy(), 'wlcg');
      expect(result).toMatchObject({ code: 69, stdout: '' });
      expect(result.stderr).toMatch(
        /^Error: did not receive any response\nhint: the agent closed the connection/,
      );
    });
  });

  describe('without OIDC_SOCK', () => {
    let temporary: string;
    let places: [string, string];
    beforeEach(async () => {
      temporary = await mkdtemp(join(folder, 'places-'));
      places = [
        join(temporary, 'oidc-agent-service', 'oidc-agent.sock'),
        join(temporary, `oidc-agent-service-${process.getuid?.()}`, 'oidc-agent.sock'),
      ];
      for (const place of places) await mkdir(dirname(place), { mode: 0o700 });
    });

    const listen = async (place: string, token: string) => {
      const server = createServer((connection) => {
        connection.once('data', () => connection.end(JSON.stringify({ ...success, access_token: token })));
      });
      await new Promise<void>((resolve) => server.listen(place, resolve));
      onTestFinished(() => void server.close());
    };
    const find = () => oidcToken(['wlcg'], { TMPDIR: temporary, XDG_RUNTIME_DIR: temporary });

    it('the agent of all shells is found, the one in XDG_RUNTIME_DIR first', async () => {
      await listen(places[1], 'service');
      expect(await find()).toMatchObject({ stdout: 'service\n' });
      await listen(places[0], 'runtime');
      expect(await find()).toMatchObject({ stdout: 'runtime\n' });
    });

    it('no folder is looked into that others can write to', async () => {
      for (const place of places) {
        await listen(place, 'somebody');
        await chmod(dirname(place), 0o777);
      }
      expect(await find()).toMatchObject({ code: 69, stdout: '' });
    });

    it('a runtime folder that is not mine does not count', async () => {
      await listen(places[0], 'somebody');
      await chmod(temporary, 0o777);
      expect(await find()).toMatchObject({ code: 69, stdout: '' });
    });
  });

  describe('without an agent', () => {
    it('the error is that of oidc-add, with a hint that starts an agent', async () => {
      const path = join(folder, `oidc-agent-service-${process.getuid?.()}`, 'oidc-agent.sock');
      expect(await oidcToken(['wlcg'])).toEqual({
        code: 69,
        stdout: '',
        stderr: `Error: Could not connect to oidc-agent\nhint: there is no socket at ${path}\nhint: start an agent with: eval $(oidc-agent)\n`,
      });
    });

    it('a path that is too long is reported with its length', async () => {
      const { code, stderr } = await oidcToken(['wlcg'], { OIDC_SOCK: `/tmp/${'x'.repeat(200)}` });
      expect(code).toBe(69);
      expect(stderr).toContain('hint: The socket path is 205 bytes long');
    });

    it("another user's socket is reported as that", async () => {
      const closed = await mkdtemp(join(folder, 'closed-'));
      const socketPath = join(closed, 'agent.sock');
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(socketPath, resolve));
      onTestFinished(() => void server.close());
      await chmod(closed, 0);
      // Root may open everything, so it has to become somebody else.
      const nobody = process.getuid?.() === 0 ? 65534 : undefined;
      const result = await oidcToken(['wlcg'], { OIDC_SOCK: socketPath }, nobody);
      await chmod(closed, 0o700);
      expect(result.code).toBe(69);
      expect(result.stderr).toContain(`hint: you have no permission for ${socketPath}`);
    });
  });

  describe('a command line that is wrong', () => {
    it.each([
      [['--nope', 'wlcg'], "oidc-token: unrecognized option '--nope'"],
      [[], 'Usage: oidc-token [OPTION...] ACCOUNT_SHORTNAME | ISSUER_URL'],
      [[''], 'Usage: oidc-token [OPTION...] ACCOUNT_SHORTNAME | ISSUER_URL'],
      [['-t', 'soon', 'wlcg'], "oidc-token: option '-t' needs a whole number, not 'soon'"],
      [['-oA;id', 'wlcg'], "oidc-token: 'A;id' cannot be the name of a variable"],
    ])('(%j) ends with 64', async (args, first) => {
      expect(await oidcToken(args)).toEqual({ code: 64, stdout: '', stderr: `${first}\n${TRY}` });
    });
  });

  it('tells its version', async () => {
    const { code, stdout } = await oidcToken(['--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `oidc-token 5.3.3 (jeton ${JETON_VERSION})\n` });
  });

  describe.runIf(hasCAgent)('beside the C program', () => {
    it.each([
      [[]],
      [['a', 'b']],
      [['--nope']],
      [['-Q', 'x']],
      [['-fQ', 'x']],
      [['-t']],
      [['--time']],
      [['--ti']],
      [['--scope']],
      [['--force-new=3', 'x']],
      [['--id-=3', 'x']],
    ])('%j is refused in the same words', async (args) => {
      const ours = await oidcToken(args);
      expect(ours).toEqual(
        await runProgram('oidc-token', args, { PATH: C_PROGRAMS, HOME: folder, TMPDIR: folder }),
      );
      expect(ours.code).toBe(64);
    });
  });

  it.runIf(hasCAgent)('gets the same error from the C agent as the C program', async () => {
    const agent = await startCAgent();
    onTestFinished(() => agent.close());
    const ours = await oidcToken(['nope'], { OIDC_SOCK: agent.socketPath });
    const theirs = await runProgram('oidc-token', ['nope'], agent.env);
    expect(ours.stdout).toBe('');
    expect(ours.stderr.split('\n')[0]).toBe(theirs.stderr.split('\n')[0]);
    expect(ours.stderr).toMatch(
      /^Error: (account not loaded|No account configured with that short name)\nhint: /,
    );
  });
});
