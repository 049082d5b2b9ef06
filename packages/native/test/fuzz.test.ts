/**
 * What libFuzzer makes up does not break the compiled oidc-token, what a sleeping agent answers, or its conversations with clients: a
 * trap, a mistake that a sanitizer sees, a broken promise.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { buildNames } from './builds.ts';

/** Whether clang is there with all that it needs to make a fuzzer. */
function canFuzz(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-fuzz-'));
  const args = ['-fsanitize=fuzzer,address,undefined', '-x', 'c', '-', '-o', join(folder, 'fuzzer')];
  const input = 'int LLVMFuzzerTestOneInput(const unsigned char *bytes, unsigned long size) { return 0; }';
  const { status } = spawnSync('clang', args, { input });
  rmSync(folder, { recursive: true });
  return status === 0;
}

it.skipIf(!buildNames.includes('compiled') || !canFuzz())(
  'four seconds of each fuzzer find nothing (needs wabt, clang and libclang-rt-dev)',
  { timeout: 600_000 },
  async () => {
    const script = join(import.meta.dirname, '../../../scripts/fuzz.js');
    const fuzzer = spawn(process.execPath, [script, '4'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const exit = new Promise((resolve) => fuzzer.once('exit', resolve));
    const [report, code] = await Promise.all([text(fuzzer.stderr), exit, text(fuzzer.stdout)]);
    // What it found is in the last lines.
    expect({ code, report: report.slice(-3000) }).toEqual({
      code: 0,
      report: expect.stringMatching(/^Done \d+ runs in \d+ second/m),
    });
  },
);
