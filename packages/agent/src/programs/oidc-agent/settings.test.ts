import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readArguments } from '../../command-line/options.ts';
import { agentConfig } from '../../config/settings.ts';
import { DEFAULT_SETTINGS } from '../../daemon/settings.ts';
import { program } from './command-line.ts';
import { settingsOf } from './settings.ts';

test('an agent without options has the settings that the compiled program starts one with', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-'));
  const before = process.env.OIDC_CONFIG_DIR;
  const shape = process.env.JETON_SLEEP_AFTER;
  process.env.OIDC_CONFIG_DIR = folder;
  delete process.env.JETON_SLEEP_AFTER;
  try {
    const settings = await settingsOf(readArguments(program, []).options, agentConfig());
    // As JSON, which knows no undefined.
    const { confirm, debug, logStderr, restartOnUpdate, ...others } = JSON.parse(JSON.stringify(settings));
    expect([confirm, debug, logStderr, restartOnUpdate].filter(Boolean)).toEqual([]);
    expect(others).toEqual(DEFAULT_SETTINGS);
  } finally {
    if (before === undefined) delete process.env.OIDC_CONFIG_DIR;
    else process.env.OIDC_CONFIG_DIR = before;
    if (shape !== undefined) process.env.JETON_SLEEP_AFTER = shape;
    rmSync(folder, { recursive: true });
  }
});
