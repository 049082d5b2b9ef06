import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('writes all of a long text to a pipe that does not block', async () => {
  const contents = `
    import { writeAll } from './stdio.ts';
    // Makes the pipe non-blocking: the next write takes a part only, and the one after it nothing.
    process.stdout;
    writeAll(1, 'x'.repeat(3_000_000));
  `;
  const resolveDir = fileURLToPath(new URL('./', import.meta.url));
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  });
  const child = spawn(process.execPath, ['-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(outputFiles[0]?.contents);
  let length = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, length }).toEqual({ code: 0, length: 3_000_000 });
});
