/**
 * GnuPG's pinentry, which asks for passwords and confirmations: in a window if it is made for that, else at the terminal.
 * It takes commands, one a line, and ends its reply to each with `OK` or `ERR`: the Assuan protocol.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CannotAsk, type Prompter } from './prompter.ts';
import type { Question } from './question.ts';
import { wholeText } from './window.ts';

/** GnuPG's error codes for a user who cancelled (either of two) or refused. */
const DECLINED_CODES = [99, 198, 114];
/** GnuPG's error code for a user who took too long. */
const TIMED_OUT_CODE = 62;

/** The protocol has 1000 bytes a line. */
const MAX_LINE_BYTES = 900;
/** Milliseconds that a pinentry has to restore its terminal. */
const GRACE_MS = 1000;

export const pinentry: Prompter = async (question, signal) => {
  if (question.kind !== 'password' && question.kind !== 'confirm') {
    throw new CannotAsk('pinentry: only for passwords and confirmations');
  }
  const child = spawn('pinentry', [], { stdio: ['pipe', 'pipe', 'ignore'] });
  // If it fails to start, or dies, its output ends, and the code below handles that.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout.setEncoding('latin1') })[Symbol.asyncIterator]();
  const giveUp = () => void setTimeout(() => child.kill(), GRACE_MS);
  signal.addEventListener('abort', giveUp, { once: true });
  const send = (line: string) => {
    child.stdin.write(`${line}\n`);
    return reply(lines);
  };
  try {
    await reply(lines);
    // Which of these it knows depends on the pinentry.
    for (const line of preparations(question)) await send(line);
    const { data, error } = await send(isTyped(question) ? 'GETPIN' : 'CONFIRM');
    if (error?.code === TIMED_OUT_CODE) return undefined;
    if (error !== undefined && !DECLINED_CODES.includes(error.code)) {
      throw new CannotAsk(`pinentry: ${error.text}`);
    }
    if (question.kind === 'password') return error === undefined ? data : undefined;
    return error === undefined && (question.suggestion || /^y(es)?$/i.test(data)) ? 'yes' : 'no';
  } finally {
    signal.removeEventListener('abort', giveUp);
    child.stdin.end('BYE\n');
  }
};

type Asked = Extract<Question, { kind: 'password' | 'confirm' }>;

/**
 * Whether the user has to type the answer: a password, or a yes that is not the default, because Enter presses the yes
 * button.
 */
function isTyped(question: Asked): boolean {
  return question.kind === 'password' || !question.suggestion;
}

function preparations(question: Asked): string[] {
  const { TERM, LC_ALL, LC_CTYPE, LANG } = process.env;
  const options = {
    ttyname: '/dev/tty',
    ttytype: TERM,
    'lc-ctype': LC_ALL || LC_CTYPE || LANG,
  };
  return [
    ...Object.entries(options).flatMap(([name, value]) =>
      value ? [`OPTION ${name}=${encodeText(value)}`] : [],
    ),
    `SETTIMEOUT ${question.timeout}`,
    ...Object.entries({ TITLE: question.title, ...textsOf(question) }).map(
      ([name, text]) => `SET${name} ${encodeText(text)}`,
    ),
  ];
}

function textsOf(question: Asked): Record<string, string> {
  if (question.kind === 'password')
    return { DESC: question.text, PROMPT: `${question.label || 'Password'}:` };
  if (!isTyped(question)) return { DESC: wholeText(question), OK: 'Accept', CANCEL: 'Decline' };
  return { DESC: `${wholeText(question)}\n\nTo accept, type yes. Enter declines.`, PROMPT: 'Accept?' };
}

interface Reply {
  readonly data: string;
  readonly error: { readonly code: number; readonly text: string } | undefined;
}

async function reply(lines: AsyncIterator<string>): Promise<Reply> {
  let data = '';
  for (;;) {
    const { value: line, done } = await lines.next();
    if (done) throw new CannotAsk('pinentry: ended without an answer');
    const [, code, text = ''] = /^ERR (\d+) ?(.*)/.exec(line) ?? [];
    // The upper half of the code identifies the program that sent it.
    if (code !== undefined) return { data, error: { code: Number(code) & 0xffff, text } };
    if (/^OK\b/.test(line)) return { data, error: undefined };
    if (line.startsWith('D ')) data += decodeData(line.slice(2));
  }
}

/** Encodes a text in one line, truncated to the maximum length of a line. */
function encodeText(text: string): string {
  const escaped = (part: string) =>
    part.replace(/[%\r\n]/g, (character) => `%${Buffer.from(character).toString('hex').toUpperCase()}`);
  let characters = [...text];
  while (Buffer.byteLength(escaped(characters.join(''))) > MAX_LINE_BYTES)
    characters = characters.slice(0, -10);
  return escaped(characters.join(''));
}

/** @param text one character a byte */
function decodeData(text: string): string {
  const bytes = text.replace(/%([0-9A-F]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
