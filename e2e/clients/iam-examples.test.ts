/** The examples of docs/iam-in-tests.md: the page has them as they are, and the test runners run them. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
