import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './root.ts';

/**
 * Compiles a file of this folder that runs as a separate process. Its packages are loaded as they are installed.
 * @returns the path of the program
 */
export async function compileProcess(name: string): Promise<string> {
  const outfile = join(root, 'node_modules', '.cache', `bench-${name}.js`);
  await build({
    absWorkingDir: root,
    entryPoints: [`bench/support/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  return outfile;
}

/**
 * Compiles a C program of this folder as the compiled oidc-token is: static, with musl.
 * @returns the path of the program
 */
export function compileC(name: string): string {
  const cache = join(root, 'node_modules', '.cache', 'bench');
  mkdirSync(cache, { recursive: true });
  const program = join(cache, name);
  const source = join(root, 'bench', 'support', `${name}.c`);
  execFileSync('musl-gcc', ['-std=gnu11', '-O2', '-static', '-no-pie', '-s', source, '-o', program]);
  return program;
}
