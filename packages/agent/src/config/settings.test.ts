import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigSection } from './section.ts';
import { addConfig, agentConfig, genConfig } from './settings.ts';

/** The section of a user's file, without the system's. */
const section = (name: string, members?: object) => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-settings-'));
  const file = join(folder, 'config');
  if (members !== undefined) writeFileSync(file, JSON.stringify({ [name]: members }));
  const read = new ConfigSection(name, { OIDC_USER_CONFIG: file }, join(folder, 'none'));
  rmSync(folder, { recursive: true });
  return read;
};

test('without a file the agent does what the C suite ships', () => {
  expect(agentConfig(section('oidc-agent'))).toMatchObject({
    ...{ autoload: true, customUriScheme: true, webserver: true },
    ...{ confirm: false, lifetime: 0, bindAddress: undefined, autoStart: false, pwCmd: undefined },
  });
  expect(genConfig(section('oidc-gen'))).toMatchObject({ autoOpenUrl: true, prompt: 'cli', pwPrompt: 'cli' });
  expect(addConfig(section('oidc-add'))).toMatchObject({ storePw: false, skipCheck: false });
});

test('each program reads its own section', () => {
  const agent = {
    'auto-start': true,
    'pw-cmd': 'pass show x',
    always_allow_id_token: true,
    'cert-path': '/ca',
  };
  expect(agentConfig(section('oidc-agent', agent))).toMatchObject({
    ...{ autoStart: true, pwCmd: 'pass show x', alwaysAllowIdToken: true, certPath: '/ca' },
  });
  const gen = { cnid: 'laptop', 'answer-confirm-prompts': 'no', 'default-gpg-key': 'me' };
  expect(genConfig(section('oidc-gen', gen))).toMatchObject({
    ...{ cnid: 'laptop', answerConfirmPrompts: 'no', defaultGpgKey: 'me' },
  });
  expect(addConfig(section('oidc-add', { 'store-pw': true }))).toMatchObject({ storePw: true });
});
