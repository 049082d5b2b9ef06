import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Script, startScriptedAgent } from '../test/scripted-agent.ts';

/** The library in one file, as it is shipped. */
let folder: string;
let library: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jeton-library-'));
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['jeton-source'],
    write: false,
    metafile: true,
  });
  library = outputFiles[0]?.text ?? '';
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))).toEqual([
    'node:net',
    'node:fs',
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

const answer = { status: 'success', access_token: 'abc', issuer: 'https://iam.example/', expires_at: 1 };
const never: Script = () => undefined;

describe('a program that uses it ends by itself: no timer or connection is left', () => {
  it.each<[string, object | Script, string, string]>([
    ['an answer', answer, '', 'abc'],
    ['a refusal', { status: 'failure', error: 'Agent locked' }, '', 'locked'],
    ['its own timeout', never, 'timeoutMs: 50', 'timeout'],
    ['being aborted', never, 'signal: AbortSignal.timeout(50)', 'aborted'],
    ['being aborted before', never, 'signal: AbortSignal.abort()', 'aborted'],
  ])('after %s', async (_, script, options, outcome) => {
    const agent = await startScriptedAgent(script);
    onTestFinished(() => agent.close());
    const program = join(folder, 'program.mjs');
    const socketPath = JSON.stringify(agent.socketPath);
    const call = `getToken({ account: 'a', socketPath: ${socketPath}, ${options} })`;
    await writeFile(
      program,
      `${library}\nconsole.log(await ${call}.then(({ token }) => token, ({ code }) => code));`,
    );
    expect(await output(program)).toBe(`${outcome}\n`);
  });

  it('after a runtime that does not permit the connection, as Deno may', async () => {
    const program = join(folder, 'forbidden.mjs');
    await writeFile(
      program,
      `${library}
       import { syncBuiltinESMExports } from 'node:module';
       import net from 'node:net';
       net.connect = () => { throw new Error('Requires read access'); };
       syncBuiltinESMExports();
       await getToken({ account: 'a', socketPath: '/x' }).catch(({ code, hint }) => console.log(code, hint));`,
    );
    expect(await output(program)).toMatch(/^unreachable Requires read access\n/);
  });
});

async function output(program: string): Promise<string> {
  return (await promisify(execFile)(process.execPath, [program])).stdout;
}
