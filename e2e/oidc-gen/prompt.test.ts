import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { printed } from '../support/computer/printed.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { isRunning } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

let sandbox: Sandbox;
let bin: string;
beforeEach(() => {
  sandbox = new Sandbox();
  // Nothing can be asked here but what a test puts there.
  bin = join(sandbox.folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  sandbox.env.PATH = bin;
});
afterEach(() => sandbox.close());

/** Puts a program into PATH that writes down its arguments and its input, and then does what the script says. */
function put(program: string, script: string): void {
  const record = `printf '%s\\0' "$@" > ${sandbox.folder}/${program}.args`;
  const text = `#!/bin/sh\nPATH=/usr/bin:/bin\n${record}\n${script}\n`;
  writeFileSync(join(bin, program), text, { mode: 0o755 });
}
const file = (name: string) => readFileSync(join(sandbox.folder, name), 'utf8');
const argumentsOf = (program: string) => file(`${program}.args`).split('\0').slice(0, -1);
const wasAsked = (program: string) => existsSync(join(sandbox.folder, `${program}.args`));

const desktop = { DISPLAY: ':0' };
/** Without a terminal, as the agent starts it. */
const prompt = (args: readonly string[], env: Record<string, string> = desktop) =>
  sandbox.run('oidc-prompt', args, { env, detached: true });

const hostile = `--x $(touch run) \`touch run\` "; touch run; " \\n <img src=x>`;

describe.each(['zenity', 'kdialog'])('with %s', (program) => {
  it.each([
    ['password', 'echo secret', 'secret'],
    ['input', 'echo "what was typed"', 'what was typed'],
    ['input', 'echo', ''],
    ['confirm', 'exit 0', 'yes'],
    ['confirm', 'exit 1', 'no'],
    ['confirm-default-yes', 'exit 0', 'yes'],
    ['confirm-default-no', 'exit 1', 'no'],
    ['multiple', 'printf "one\\ntwo\\n"', 'one\ntwo'],
    ['select', 'echo 1', 'second'],
  ])('%s: %j is answered with %j', async (type, script, answer) => {
    put(program, script);
    const outcome = await prompt([type, 'T', 'text', 'label', '0', 'first', 'second']);
    expect(outcome).toMatchObject({ stdout: `${answer}\n`, stderr: '', code: 0 });
  });

  it.each(['password', 'input', 'multiple', 'select', 'select-other'])(
    '%s has no answer when the user cancels: exit code 1',
    async (type) => {
      put(program, 'exit 1');
      const outcome = await prompt([type, 'T', 'text', 'label', '0', 'first']);
      expect(outcome).toMatchObject({ stdout: '', stderr: '', code: 1 });
    },
  );

  it('select-other asks for what is not in the list', async () => {
    put(program, 'case "$*" in *entry*|*inputbox*) echo mine;; *) echo 2;; esac');
    expect(await prompt(['select-other', 'T', 'text', 'label', '0', 'first', 'second'])).toMatchObject({
      stdout: 'mine\n',
      code: 0,
    });
  });

  it.each(['password', 'input', 'confirm', 'multiple', 'select', 'link'])(
    '%s runs nothing of its texts, and shows them as they are',
    async (type) => {
      put(program, 'cat > /dev/null; exit 1');
      await prompt([
        '--',
        type,
        hostile,
        hostile.replace('<img src=x>', '&lt;img src=x&gt;'),
        hostile,
        '0',
        hostile,
        hostile,
      ]);
      expect(existsSync(join(sandbox.folder, 'run')) || existsSync('run')).toBe(false);
      const args = argumentsOf(program);
      expect(args[0]).toBe(`--title=${hostile}`);
      // Where the program reads markup, there is none.
      const readsMarkup = (arg: string) =>
        program === 'kdialog' ? arg.startsWith('<qt>') : type === 'select' && arg.startsWith('--text=');
      const texts = args.filter(readsMarkup);
      expect(texts).toHaveLength(program === 'kdialog' || type === 'select' ? 1 : 0);
      for (const text of texts)
        expect(text).toMatch(/^[^<]*(<qt>)?[^<]*&lt;img src=x&gt;[^<]*(<br\/>[^<]*)*(<\/qt>)?$/);
    },
  );

  it('opens a link in the browser, by argument list, if the user wants that', async () => {
    put(program, 'exit 0');
    put('xdg-open', `touch ${sandbox.folder}/opened`);
    const address = 'https://iam.example/device?user_code=$(id)&x="y"';
    const { stdout, code } = await prompt(['link', 'T', 'Log in', address, '300']);
    expect([stdout, code]).toEqual(['', 0]);
    await vi.waitFor(() => file('opened'), { timeout: 60_000 });
    expect(argumentsOf('xdg-open')).toEqual(['https://iam.example/device?user_code=$(id)&x=%22y%22']);
  });

  it.each(['file:///etc/passwd', '--help', 'javascript:alert(1)'])('never opens %s', async (address) => {
    put(program, 'exit 0');
    put('xdg-open', 'exit 0');
    expect(await prompt(['--', 'link', 'T', 'Log in', address])).toMatchObject({ code: 1, stdout: '' });
    await setTimeout(100);
    expect(wasAsked('xdg-open')).toBe(false);
  });

  it('gives up when the time is over, and the window goes', async () => {
    put(program, `echo $$ > ${sandbox.folder}/pid; exec sleep 60`);
    const outcome = await prompt(['password', 'T', 'text', 'label', '1']);
    expect(outcome).toMatchObject({ stdout: '', stderr: 'Error: no answer within 1 seconds\n', code: 1 });
    await vi.waitFor(() => expect(isRunning(Number(file('pid')))).toBe(false), { timeout: 60_000 });
  });

  it('takes the window with it when it is ended', async () => {
    put(program, `echo $$ > ${sandbox.folder}/pid; exec sleep 60`);
    const child = sandbox.spawn('oidc-prompt', ['password', 'T', 'text'], { env: desktop });
    await vi.waitFor(() => expect(file('pid')).toMatch(/\n/), { timeout: 60_000 });
    child.kill('SIGTERM');
    await vi.waitFor(() => expect(isRunning(Number(file('pid')))).toBe(false), { timeout: 60_000 });
  });
});

describe('a password', () => {
  it.each(['zenity', 'kdialog'])('that was suggested is in no argument of %s', async (program) => {
    put(program, 'echo new');
    await prompt(['password', 'T', 'text', 'label', '0', 'the old one']);
    expect(argumentsOf(program).join(' ')).not.toContain('the old one');
  });
});

describe('the prompter', () => {
  it('is the program of the desktop', async () => {
    put('zenity', 'echo zenity');
    put('kdialog', 'echo kdialog');
    const ask = async (env: Record<string, string>) => (await prompt(['input', 'T', 'text'], env)).stdout;
    expect(await ask({ ...desktop, XDG_CURRENT_DESKTOP: 'KDE' })).toBe('kdialog\n');
    expect(await ask({ ...desktop, XDG_CURRENT_DESKTOP: 'ubuntu:GNOME' })).toBe('zenity\n');
    expect(await ask({ WAYLAND_DISPLAY: 'wayland-0' })).toBe('zenity\n');
  });

  it('is the next one where a window cannot be seen', async () => {
    put('zenity', "echo '(zenity:1): Gtk-WARNING **: cannot open display: :0' >&2; exit 1");
    put('kdialog', 'kill -ABRT $$');
    put('pinentry', assuan({ GETPIN: 'D from pinentry\nOK' }));
    expect(await prompt(['password', 'T', 'text'])).toMatchObject({ stdout: 'from pinentry\n', code: 0 });
  });

  it('is no window where there is no desktop', async () => {
    put('zenity', 'echo window');
    put('pinentry', assuan({ GETPIN: 'D from pinentry\nOK' }));
    expect(await prompt(['password', 'T', 'text'], {})).toMatchObject({ stdout: 'from pinentry\n' });
    expect(wasAsked('zenity')).toBe(false);
  });

  it('is missing: an error says so, exit code 1', async () => {
    const { stdout, stderr, code } = await prompt(['password', 'T', 'text'], {});
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(/^Error: there is no way to ask you: neither a window nor a terminal\nhint: /);
    expect(stderr).toContain(
      'hint: install zenity or kdialog (a desktop), or pinentry; or run the program in a terminal',
    );
  });
});

/** A pinentry that writes down every command and answers `OK`, but for those that are given. */
function assuan(replies: Record<string, string>): string {
  const cases = Object.entries(replies).map(
    ([command, reply]) => `'${command}'*) printf '%s\\n' '${reply.replaceAll('\n', "' '")}' ;;`,
  );
  return `echo 'OK Pleased to meet you'
while IFS= read -r line; do
  printf '%s\\n' "$line" >> ${sandbox.folder}/commands
  case "$line" in ${cases.join(' ')} BYE) echo OK; exit ;; *) echo OK ;; esac
done`;
}

describe('pinentry', () => {
  it.each([
    [['password'], 'GETPIN', 'D 100%25 sicher%0A\nOK', '100% sicher\n\n', 0],
    [['password'], 'GETPIN', 'OK', '\n', 0],
    [['password'], 'GETPIN', 'ERR 83886179 Operation cancelled <Pinentry>', '', 1],
    [['password'], 'GETPIN', 'ERR 83886142 Timeout <Pinentry>', '', 1],
    [['confirm'], 'CONFIRM', 'OK', 'yes\n', 0],
    [['confirm'], 'CONFIRM', 'ERR 83886194 Not confirmed <Pinentry>', 'no\n', 0],
    [['confirm'], 'CONFIRM', 'ERR 83886179 Operation cancelled <Pinentry>', 'no\n', 0],
    [['confirm'], 'CONFIRM', 'ERR 83886142 Timeout <Pinentry>', '', 1],
    [['confirm-default-no'], 'GETPIN', 'ERR 83886142 Timeout <Pinentry>', '', 1],
    [['confirm-default-no'], 'GETPIN', 'D yes\nOK', 'yes\n', 0],
    [['confirm-default-no'], 'GETPIN', 'OK', 'no\n', 0],
    [['confirm-default-no'], 'GETPIN', 'ERR 83886179 Operation cancelled <Pinentry>', 'no\n', 0],
    // There is no other way to ask: the user was not asked.
    [['confirm'], 'CONFIRM', 'ERR 83886340 Not supported <Pinentry>', '', 1],
  ])('%j: %s is answered with %j', async (type, command, reply, stdout, code) => {
    put('pinentry', assuan({ [command]: reply, 'OPTION lc-ctype': 'ERR 83886254 Unknown option' }));
    expect(await prompt([...type, 'Title', 'text'], {})).toMatchObject({ stdout, code });
  });

  it.each(['confirm', 'confirm-default-no'])('%s: one that dies is no answer', async (type) => {
    put(
      'pinentry',
      'echo OK; while read -r line; do case $line in GETPIN | CONFIRM) exit ;; *) echo OK ;; esac; done',
    );
    expect(await prompt([type, 'Title', 'text'], {})).toMatchObject({ stdout: '', code: 1 });
  });

  it('gets its texts escaped, in lines that are not too long, and no suggestion', async () => {
    put('pinentry', assuan({}));
    const text = `100%<br>${'long '.repeat(400)}`;
    await prompt(['password', 'Title', text, 'Label', '7', 'the old one'], {});
    const commands = file('commands').split('\n');
    expect(commands).toContain('SETTITLE Title');
    expect(commands).toContain('SETPROMPT Label:');
    expect(commands).toContain('SETTIMEOUT 7');
    expect(commands.find((line) => line.startsWith('SETDESC'))).toMatch(/^SETDESC 100%25%0Along long/);
    expect(Math.max(...commands.map((line) => Buffer.byteLength(line)))).toBeLessThan(1000);
    expect(file('commands')).not.toContain('the old one');
  });

  it('is not asked what it cannot: there has to be a terminal', async () => {
    put('pinentry', assuan({}));
    expect(await prompt(['input', 'T', 'text'], {})).toMatchObject({ stdout: '', code: 1 });
    expect(wasAsked('pinentry')).toBe(false);
  });
});

describe.each(['pinentry-curses', 'pinentry-tty'])('the real %s', (name) => {
  const real = `/usr/bin/${name}`;
  describe.skipIf(!existsSync(real))('(needs the Debian package of that name)', () => {
    it('asks for a password at the terminal', async () => {
      symlinkSync(real, join(bin, 'pinentry'));
      const script =
        'answer=$(oidc-prompt password "Unlock" "The <b>account</b> wlcg" "Password"); echo "got $answer"';
      const terminal = shell(script);
      await terminal.waitFor(/The account wlcg/);
      await terminal.waitFor(/Password:/);
      terminal.type('correct horse');
      await terminal.waitFor(/got correct horse/);
      expect(await terminal.exit()).toBe(0);
    });
  });
});

describe('the real pinentry-curses', () => {
  const real = '/usr/bin/pinentry-curses';
  it.skipIf(!existsSync(real)).each([
    ['', 'no'],
    ['yes', 'yes'],
  ])(
    '(needs the Debian package of that name) takes %j for %j where no is the default',
    async (typed, answer) => {
      symlinkSync(real, join(bin, 'pinentry'));
      const terminal = shell(
        'answer=$(oidc-prompt confirm-default-no T "Give it away?"); echo "got $answer."',
      );
      await terminal.waitFor(/Give it away\?/);
      await terminal.waitFor(/Accept\?/);
      terminal.type(typed);
      await terminal.waitFor(/got \w*\./);
      expect(terminal.screen).toContain(`got ${answer}.`);
    },
  );
});

/** A shell at a terminal. */
function shell(script: string): Terminal {
  return new Terminal(sandbox, '/bin/sh', ['-c', script], {
    env: { PATH: `${sandbox.env.PATH}:${join(import.meta.dirname, '../../node_modules/.bin')}` },
  });
}

describe('the terminal', () => {
  it('is asked although input and output are elsewhere, and shows no password', async () => {
    const terminal = shell(
      'echo nothing | oidc-prompt password T "The account wlcg" Password 2>/dev/null > answer; /bin/cat answer',
    );
    await terminal.waitFor(/The account wlcg\nPassword: /);
    terminal.type('correct horse');
    await terminal.waitFor(/correct horse\n/);
    expect(terminal.screen.match(/correct horse/g)).toHaveLength(1);
    expect(await terminal.exit()).toBe(0);
  });

  it.each<[string[], (readonly [shown: RegExp, typed: string])[], string]>([
    [
      ['input', 'T', 'text', 'Issuer', '0', 'https://iam.example/'],
      [[/text\nIssuer \[https:\/\/iam\.example\/\]: /, '']],
      'https://iam.example/',
    ],
    [['confirm', 'T', 'Sure?'], [[/Sure\?\nAccept\? \[Yes\/no\]: /, '']], 'yes'],
    [['confirm-default-no', 'T', 'Sure?'], [[/Accept\? \[No\/yes\]: /, '']], 'no'],
    [
      ['select', 'T', 'Which?', 'Number', '0', 'one', 'two'],
      [
        [/\[2\] two\nNumber \[1\]: /, '3'],
        [/from 1 to 2\.\nNumber \[1\]: /, '2'],
      ],
      'two',
    ],
    [
      ['select-other', 'T', 'Which?', 'Issuer', '0', 'one'],
      [
        [/\[2\] Something else\nIssuer \[1\]: /, '2'],
        [/Issuer: /, 'mine'],
      ],
      'mine',
    ],
    [
      ['multiple', 'T', 'Which?', 'Scopes', '0', 'x', 'y'],
      [[/Scopes \(separated by spaces\) \[x y\]: /, 'one two']],
      'one\ntwo',
    ],
  ])('%j', async (args, conversation, answer) => {
    const words = args.map((word) => `'${word}'`).join(' ');
    const terminal = shell(`oidc-prompt ${words} > answer; echo "code $?"`);
    for (const [shown, typed] of conversation) {
      await terminal.waitFor(shown);
      terminal.type(typed);
    }
    await terminal.waitFor(/code 0\n/);
    await terminal.exit();
    expect(file('answer')).toBe(`${answer}\n`);
  });

  it('may get several answers at once', async () => {
    const terminal = shell('oidc-prompt select-other T Which? Issuer 0 one > answer; echo "code $?"');
    await terminal.waitFor(/\[2\] Something else\nIssuer \[1\]: /);
    terminal.press('2\rmine\r');
    await terminal.waitFor(/code 0\n/);
    await terminal.exit();
    expect(file('answer')).toBe('mine\n');
  });

  it('is as it was when the time is over', async () => {
    const terminal = shell(
      'oidc-prompt password T text Password 1; echo "code $?"; /bin/stty -a | /bin/grep -o " echo\\b"',
    );
    await terminal.waitFor(/Error: no answer within 1 seconds\ncode 1\n echo/);
    await terminal.exit();
  });
});

describe('a question that is wrong', () => {
  it.each([
    [['nonsense', 'T', 'text'], 1, /^Error: Unknown prompt type 'nonsense'\nhint: the types are: password, /],
    [['password', 'T'], 64, /^Usage: oidc-prompt \[OPTION\.\.\.\] TYPE TITLE TEXT /],
    [
      ['password', 'T', 'text', 'label', 'soon'],
      64,
      /^oidc-prompt: TIMEOUT has to be a number of seconds, not 'soon'\n/,
    ],
    [['mytoken-confirm', 'T', 'no html'], 1, /^Error: 'text' argument malformed\n/],
  ])('(%j) ends with %d', async (args, code, message) => {
    const outcome = await prompt(args);
    expect(outcome).toMatchObject({ stdout: '', code });
    expect(outcome.stderr).toMatch(message);
  });
});

it('shows what a program calls itself, and runs nothing of it, when the agent asks for it', async () => {
  put('zenity', 'exit 0');
  Object.assign(sandbox.env, desktop);
  await startAgent(sandbox, { args: ['--confirm'] });
  const { metadata } = await startIssuer({ '/token': tokens('the-token') });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  await sandbox.run('oidc-add', ['--pw-env', '--skip-check', 'wlcg'], withPassword);
  const name = `$(touch ${sandbox.folder}/run)";touch ${sandbox.folder}/run;"<b>`;
  const outcome = await sandbox.run('oidc-token', ['--name', name, 'wlcg']);
  expect(outcome).toMatchObject({ stdout: 'the-token\n', code: 0 });
  expect(argumentsOf('zenity').join('\n')).toContain(name);
  // An Enter that was meant for another window gives nothing away.
  expect(argumentsOf('zenity')).toContain('--default-cancel');
  expect(existsSync(join(sandbox.folder, 'run'))).toBe(false);
});

const onScreen = ['Xvfb', 'xdotool'].every((program) => existsSync(`/usr/bin/${program}`));

describe.each(['zenity', 'kdialog'])('the real %s', (program) => {
  const real = `/usr/bin/${program}`;
  describe.skipIf(!onScreen || !existsSync(real))('(needs Xvfb and xdotool, too)', () => {
    /** Asks on a screen, and presses a key again and again until there is an answer. */
    async function pressed(key: string, args: readonly string[]) {
      symlinkSync(real, join(bin, program));
      const screen = sandbox.spawn('/usr/bin/Xvfb', ['-displayfd', '1', '-nolisten', 'tcp']);
      const [, number] = await printed(screen.stdout, /^(\d+)\n/);
      const env = { DISPLAY: `:${number}`, XDG_RUNTIME_DIR: sandbox.folder };
      let answered = false;
      const answer = prompt(args, env).finally(() => {
        answered = true;
      });
      // Before it is there, a key may find it half made.
      await sandbox.run('/usr/bin/xdotool', ['search', '--sync', '--onlyvisible', '--class', program], {
        env,
      });
      while (!answered) {
        await sandbox.run('/usr/bin/xdotool', ['key', key], { env });
        await setTimeout(50);
      }
      return await answer;
    }
    const text = 'The <b>application</b> a_b\\n &lt;i&gt; &amp; --x $(id)';

    it.each([
      ['Return', ['confirm', 'T', text], 'yes\n', 0],
      ['Escape', ['confirm', 'T', text], 'no\n', 0],
      ['Return', ['confirm-default-no', 'T', text], 'no\n', 0],
      ['Escape', ['password', 'T', text, 'Password'], '', 1],
      ['Return', ['--', 'input', 'T', text, '_L_', '0', '--x $(id) a_b'], '--x $(id) a_b\n', 0],
      ['Escape', ['--', 'select', 'T', text, 'L', '0', '--x', 'b'], '', 1],
    ] as const)('on %s, %j is answered with %j', async (key, args, stdout, code) => {
      expect(await pressed(key, args)).toMatchObject({ stdout, code });
    });
  });
});

it('shows the consent page of a mytoken server as text, and does not agree by itself', async () => {
  put('zenity', 'exit 1');
  const page =
    '<html><head><title>x</title></head><body><h1>Consent</h1><p>jeton wants a <b>mytoken</b></p></body></html>';
  const outcome = await prompt([
    'mytoken-confirm',
    'T',
    `${page.length}:${Buffer.from(page).toString('base64')}`,
  ]);
  expect(outcome).toMatchObject({ stdout: 'no\n', code: 0 });
  expect(argumentsOf('zenity')).toContain('--text=Consent\njeton wants a mytoken');
  expect(argumentsOf('zenity')).toContain('--default-cancel');
});
