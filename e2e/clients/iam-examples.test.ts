/** The examples of docs/iam-in-tests.md: the page has them as they are, and the test runners run them. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox } from '../support/computer/sandbox.ts';
import { root } from '../support/documented.ts';

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
  const { stdout, stderr } = await sandbox.run(vitest, ['run', '--reporter', 'json', 'vitest.test.ts'], {
    cwd: project,
  });
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
