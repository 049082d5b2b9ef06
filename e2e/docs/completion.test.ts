/** What the shells offer after a Tab, with the scripts that `jeton completion` prints. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../support/computer/sandbox.ts';
import { Terminal } from '../support/user/terminal.ts';

/** Where a shell is, if it is installed. */
const pathOf = (shell: string) => spawnSync('which', [shell], { encoding: 'utf8' }).stdout.trim();
const [bash, fish, zsh] = [pathOf('bash'), pathOf('fish'), pathOf('zsh')];
const sandbox = new Sandbox();
const scripts = join(sandbox.folder, 'completion');

beforeAll(async () => {
  mkdirSync(scripts);
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout, code } = await sandbox.run('jeton', ['completion', shell]);
    expect(code).toBe(0);
    writeFileSync(join(scripts, shell === 'zsh' ? '_jeton' : shell), stdout);
  }
  for (const name of ['wlcg', 'wlcg-test', 'atlas', '$(touch evil)', 'two words'])
    writeFileSync(join(sandbox.accounts, name), '');
  writeFileSync(
    join(sandbox.accounts, 'issuer.config'),
    '[{"issuer": "https://mine.example/", "accounts": ["a"]}]',
  );
});
afterAll(() => sandbox.close());

/** A command line up to the cursor, and what is offered for its last word. */
const cases: [line: string, offered: string[]][] = [
  ['oidc-token --au', ['--aud=', '--auth', '--auth-header']],
  ['oidc-add --pw-s', ['--pw-store']],
  ['oidc-add wl', ['wlcg', 'wlcg-test']],
  ['oidc-add -t 60 at', ['atlas']],
  ['oidc-gen --prompt=n', ['--prompt=none']],
  ['oidc-gen --prompt n', ['none']],
  ['oidc-gen --iss https://mi', ['https://mine.example/']],
  ['oidc-tokensh --oidc at', ['atlas']],
  ['oidc-agent-service us', ['use']],
  ['jeton dev', ['device-code']],
  ['jeton device-code --sc', ['--scope=']],
  ['jeton completion z', ['zsh']],
];

it('jeton has none for another shell', async () => {
  expect(await sandbox.run('jeton', ['completion', '../jeton.cjs'])).toMatchObject({ stdout: '', code: 64 });
});

describe.skipIf(bash === '')('bash (needs bash)', () => {
  /** What the completion function leaves in COMPREPLY, as readline calls it. */
  async function offered(line: string): Promise<string[]> {
    const script = `source "$0"; COMP_LINE=$1 COMP_POINT=\${#1}; _jeton "\${1%% *}"; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const args = ['--noprofile', '--norc', '-c', script, join(scripts, 'bash'), line];
    const { stdout, stderr, code } = await sandbox.run(bash, args);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    return stdout.split('\n').filter((word) => word !== '');
  }

  it.each(cases)('offers for %j %j', async (line, words) => {
    // Readline takes what is behind the last = or : for the word.
    const before = /\S*[=:](?=\S*$)/.exec(line)?.[0] ?? '';
    expect((await offered(line)).sort()).toEqual(words.map((word) => word.slice(before.length)).sort());
  });

  it('takes names for what they are, whatever is in them', async () => {
    expect(await offered('oidc-add tw')).toEqual(['two\\ words']);
    expect(await offered('oidc-add $')).toEqual(['\\$\\(touch\\ evil\\)']);
    expect(existsSync('evil')).toBe(false);
  });

  it('offers files where a file is meant, and no options behind --', async () => {
    expect(await offered(`oidc-gen -f ${scripts}/ba`)).toEqual([`${scripts}/bash`]);
    expect(await offered('oidc-add -- --pw')).toEqual([]);
  });

  it('completes at a Tab', async () => {
    const terminal = new Terminal(sandbox, bash, ['--noprofile', '--norc', '-i']);
    terminal.type(`source ${join(scripts, 'bash')}; PS1='ready''> '`);
    await terminal.waitFor(/ready> /);
    terminal.press('oidc-token --auth-h\t');
    await terminal.waitFor(/oidc-token --auth-header /);
  });
});

describe.skipIf(fish === '')('fish (needs fish)', () => {
  it.each(cases)('offers for %j %j', async (line, words) => {
    const command = `source ${join(scripts, 'fish')}; complete -C ${JSON.stringify(line)}`;
    const { stdout, stderr, code } = await sandbox.run(fish, ['--no-config', '-c', command]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const offered = stdout.split('\n').flatMap((text) => text.split('\t')[0] || []);
    // fish leaves the = to the user.
    expect(offered.sort()).toEqual(words.map((word) => word.replace(/=$/, '')).sort());
  });
});

describe.skipIf(zsh === '')('zsh (needs zsh)', () => {
  it.each(cases.filter(([, words]) => words.length === 1))('completes %j to %j', async (line, words) => {
    const terminal = new Terminal(sandbox, zsh, ['-f', '-i'], { env: { TERM: 'dumb' } });
    terminal.type(`fpath=(${scripts} $fpath); autoload -U compinit; compinit -u -D; PS1='ready''> '`);
    await terminal.waitFor(/ready> /);
    terminal.press(`${line}\t`);
    const completed = `${line.slice(0, line.lastIndexOf(' '))} ${words[0]}`;
    await terminal.waitFor(new RegExp(completed.replace(/[.$]/g, '\\$&')));
  });
});
