import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../secret.ts';
import { type PasswordOptions, passwordSource } from './passwords.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'passwords-'));
  return () => rmSync(folder, { recursive: true });
});

function person(...answers: string[]) {
  const asked: string[] = [];
  const prompt = async (text: string) => {
    asked.push(text);
    return new Secret(answers.shift() ?? '');
  };
  return { asked, prompt };
}

/** Every password that is offered for decryption while all are wrong, then the error. */
async function offered(options: Partial<PasswordOptions>): Promise<string[]> {
  const passwords: string[] = [];
  try {
    for await (const password of passwordSource({ account: 'wlcg', ...options }).forDecryption()) {
      passwords.push(password.reveal());
    }
  } catch (error) {
    passwords.push(`Error: ${error instanceof Error ? error.message : error}`);
  }
  return passwords;
}

async function chosen(options: Partial<PasswordOptions>): Promise<string> {
  return (await passwordSource({ account: 'wlcg', ...options }).forEncryption()).reveal();
}

describe('sources', () => {
  test('the environment variable', async () => {
    expect(await chosen({ variable: 'PW', env: { PW: 'a b ' } })).toBe('a b ');
  });

  test('the output of the command, without its last newline', async () => {
    expect(await chosen({ command: "printf 'line 1\\nline 2\\n\\n'" })).toBe('line 1\nline 2\n');
    expect(await chosen({ command: 'echo "$((6 * 7))" | cat' })).toBe('42');
  });

  test('the first line of the file', async () => {
    const file = join(folder, 'password');
    writeFileSync(file, 'first \nsecond\n');
    expect(await chosen({ file })).toBe('first ');
  });

  test('a command that fails is an error, not an empty password', async () => {
    await expect(chosen({ command: 'echo half; exit 3' })).rejects.toThrow(
      'the password command failed with exit status 3',
    );
    await expect(chosen({ command: 'kill -TERM $$' })).rejects.toThrow('SIGTERM');
  });

  test('a file that cannot be read is an error', async () => {
    await expect(chosen({ file: join(folder, 'gone') })).rejects.toThrow(
      'no such file or directory (ENOENT)',
    );
  });

  test('none at all and no terminal: the hint names the options', async () => {
    await expect(chosen({})).rejects.toMatchObject({
      kind: 'no-password',
      hints: ['pass it with --pw-env=VARIABLE, --pw-file=FILE or --pw-cmd=COMMAND'],
    });
    await expect(chosen({ variable: 'PW', env: {} })).rejects.toThrow(
      'the environment variable PW is not set',
    );
  });
});

describe('decryption', () => {
  test('asks three times, in the words of the C programs', async () => {
    const { asked, prompt } = person('a', 'b', 'c');
    expect(await offered({ prompt })).toEqual(['a', 'b', 'c', 'Error: reached maximum number of tries']);
    const question = "Enter decryption password for account config 'wlcg'";
    expect(asked).toEqual([question, `Wrong password.\n${question}`, `Wrong password.\n${question}`]);
  });

  test('names the file when a path was given', async () => {
    const { asked, prompt } = person();
    await offered({ account: '/tmp/x', prompt });
    expect(asked[0]).toBe('Enter decryption password for /tmp/x');
  });

  test('tries what the options give first, then asks', async () => {
    const { prompt } = person('asked');
    const given = { variable: 'PW', env: { PW: 'variable' }, command: 'echo command' };
    expect(await offered({ ...given, prompt })).toEqual([
      'variable',
      'command',
      'asked',
      'Error: reached maximum number of tries',
    ]);
  });

  test('does not run the command when the variable was right', async () => {
    const source = passwordSource({
      account: 'wlcg',
      variable: 'PW',
      env: { PW: 'right' },
      command: `touch '${join(folder, 'ran')}'`,
    });
    for await (const password of source.forDecryption()) {
      expect(password.reveal()).toBe('right');
      break;
    }
    await expect(chosen({ file: join(folder, 'ran') })).rejects.toThrow('ENOENT');
  });

  test('without a terminal a wrong password is the end', async () => {
    expect(await offered({ variable: 'PW', env: { PW: 'x' } })).toEqual(['x', 'Error: wrong password']);
  });
});

describe('an empty password', () => {
  const empty = () => {
    const file = join(folder, 'empty');
    writeFileSync(file, '\nsecond line\n');
    return { variable: 'PW', env: { PW: '' }, command: 'true', file };
  };

  test('of each option is tried, as the C programs encrypt with one; if it is wrong, nothing was given', async () => {
    const { variable, env, command, file } = empty();
    for (const [options, why] of [
      [{ variable, env }, 'the environment variable PW is empty'],
      [{ command }, 'the password command printed nothing'],
      [{ file }, `the first line of '${file}' is empty`],
    ] as const) {
      const complaint = `Error: no password for 'wlcg' and no terminal to ask for one (${why})`;
      expect(await offered(options)).toEqual(['', complaint]);
    }
  });

  test('takes none of the three tries from the person', async () => {
    const { asked, prompt } = person('a', 'b', 'c');
    const all = ['', '', '', 'a', 'b', 'c', 'Error: reached maximum number of tries'];
    expect(await offered({ ...empty(), prompt })).toEqual(all);
    expect(asked[0]).toBe("Enter decryption password for account config 'wlcg'");
  });

  test('makes a new file only where a variable or the person gives it', async () => {
    const { variable, env, command, file } = empty();
    expect(await chosen({ variable, env })).toBe('');
    expect(await chosen({ prompt: person('', '').prompt })).toBe('');
    await expect(chosen({ command })).rejects.toThrow('the password command printed nothing');
    await expect(chosen({ file })).rejects.toThrow(`the first line of '${file}' is empty`);
  });
});

describe('encryption', () => {
  test('asks twice', async () => {
    const { asked, prompt } = person('pw', 'pw');
    expect(await chosen({ prompt })).toBe('pw');
    expect(asked).toEqual([
      "Enter encryption password for account configuration 'wlcg'",
      'Confirm encryption password',
    ]);
  });

  test('asks again when the two differ, three times at most', async () => {
    const { asked, prompt } = person('pw', 'pv', 'pw', 'pw');
    expect(await chosen({ prompt })).toBe('pw');
    expect(asked[2]).toBe(
      "Encryption passwords did not match.\nEnter encryption password for account configuration 'wlcg'",
    );
    const confused = person('1', '2', '3', '4', '5', '6', '7', '7');
    await expect(chosen({ prompt: confused.prompt })).rejects.toThrow('reached maximum number of tries');
  });
});
