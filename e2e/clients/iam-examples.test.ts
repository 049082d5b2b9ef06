/** The examples of docs/iam-in-tests.md: the page has them as they are, and the test runners run them. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../support/computer/free-port.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { root } from '../support/documented.ts';
import { processEnd } from '../support/processes.ts';

const examples = join(root, 'packages/iam/examples');

const sandbox = new Sandbox();
/** A project that has jeton-iam as npm installs it. */
const project = join(sandbox.folder, 'project');
beforeAll(() => {
  mkdirSync(project);
  cpSync(examples, project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
});
afterAll(() => sandbox.close());

it.each(readdirSync(examples))('the page has %s', (name) => {
  const page = readFileSync(join(root, 'docs/iam-in-tests.md'), 'utf8');
  const blocks = [...page.matchAll(/```\w+\n(.*?)```/gs)].map(([, block]) => block);
  expect(blocks).toContain(readFileSync(join(examples, name), 'utf8'));
});

it('vitest runs its example', async () => {
  const vitest = join(root, 'node_modules/.bin/vitest');
  const args = ['run', '--reporter', 'json', '--testTimeout', '120000', 'vitest.test.ts'];
  const { stdout, stderr } = await sandbox.run(vitest, args, { cwd: project });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: 2 });
});

it('node:test runs its example', async () => {
  const { stdout } = await sandbox.run(
    process.execPath,
    ['--test', '--test-reporter', 'tap', 'node.test.js'],
    {
      cwd: project,
    },
  );
  expect(stdout).toContain('\n# pass 1\n# fail 0\n');
});

const python = pythonWithPytest();

it.skipIf(python === undefined)(
  'pytest runs its example (needs pytest, which PyPI and Debian have)',
  async () => {
    const { stdout } = await sandbox.run(python ?? '', ['-m', 'pytest', '-p', 'no:cacheprovider'], {
      cwd: project,
    });
    expect(stdout).toMatch(/ 2 passed in /);
  },
);

it('--until-stdin-closes: jeton-iam ends with a program that is killed, though npx is in between', async () => {
  const program = `
    import { spawn } from 'node:child_process';
    const args = ['--no', 'jeton-iam', '--', '--port', '0', '--json', '--until-stdin-closes'];
    spawn('npx', args, { stdio: ['pipe', 'inherit', 'inherit'] });`;
  const parent = sandbox.spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: project });
  if (parent.stdout === null) throw new Error('no output');
  const [line] = await once(parent.stdout, 'data');
  const { issuer, pid } = JSON.parse(String(line));
  const health = await fetch(`${issuer}actuator/health`);
  expect([health.status, await health.json()]).toEqual([200, { status: 'UP' }]);
  parent.kill('SIGKILL');
  await processEnd(pid);
});

it('the health check of compose.yaml passes when the IAM of its command serves, and not before', async () => {
  const { services } = parse(readFileSync(join(examples, 'compose.yaml'), 'utf8'));
  const { command, healthcheck } = services.iam;
  const [, shell, ...words] = healthcheck.test;
  const port = await freePort();
  const check = () =>
    sandbox.run(
      `/bin/${shell}`,
      words.map((word: string) => word.replace('8080', String(port))),
    );
  expect(await check()).not.toMatchObject({ code: 0 });
  const config = join(sandbox.folder, 'iam.yaml');
  writeFileSync(config, 'users: [{ username: alice, password: wonderland }]', { mode: 0o600 });
  const args = command.map((word: string) => (word === '/iam.yaml' ? config : word));
  const iam = sandbox.spawn('jeton-iam', ['--host', '0.0.0.0', '--port', String(port), '--json', ...args]);
  if (iam.stdout === null) throw new Error('no output');
  const [line] = await once(iam.stdout, 'data');
  expect(JSON.parse(String(line))).toMatchObject({ issuer: 'http://iam:8080/' });
  expect(await check()).toMatchObject({ code: 0 });
});

it('the step of github-actions.yaml goes on when the IAM serves', async () => {
  const { jobs } = parse(readFileSync(join(examples, 'github-actions.yaml'), 'utf8'));
  const { run } = jobs.tests.steps.find(({ name }: { name?: string }) => name === 'Start an IAM');
  const port = String(await freePort());
  const script = run.replace('npx --yes @jeton/iam', `jeton-iam --port ${port}`).replace('8080', port);
  // The runner ends what a step leaves behind; here it is the end of the shell.
  const { stdout, code } = await sandbox.run('/bin/bash', ['-ec', `trap 'kill $!' EXIT\n${script}`]);
  expect({ stdout, code }).toEqual({ stdout: '{"status":"UP"}', code: 0 });
});

/** A Python that has pytest: that of the Python clients (scripts/test.js), or the one of this computer. */
function pythonWithPytest(): string | undefined {
  const finds = (path: string) => {
    try {
      return execFileSync(path, ['-c', 'import pytest, sys; print(sys.executable)'], { stdio: 'pipe' });
    } catch {
      return undefined;
    }
  };
  const venv = join(root, 'node_modules/.python-clients/bin/python');
  return (finds(venv) ?? finds('python3'))?.toString().trim();
}
