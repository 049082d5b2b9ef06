/** Formats and prints the output. */
import { Answer } from './agent/answer';
import { Variable } from './generated';
import { Choice, Options } from './options';
import { Bytes, POLLOUT, poll, write } from './system';
import { describeWriteError, EAGAIN, EPIPE } from './system-errors';
import { isSpace, isUnfit } from './text/characters';
import { shellQuote } from './text/shell-quote';
import { TextBuilder } from './text/text-builder';

/**
 * The text for stdout. `--all` wins over everything; of `-o -i -e` one alone prints the bare value, while several, or one
 * with the name of a variable, print shell commands.
 */
export function format(answer: Answer, options: Options): string {
  const token = answer.token;
  const expiresAt = answer.expiresAt.toString();
  if (options.all) return `${token}\n${answer.issuer}\n${expiresAt}\n`;
  const parts: Part[] = [];
  addPart(parts, options, options.token, Variable.TOKEN, token);
  addPart(parts, options, options.issuer, Variable.ISSUER, answer.issuer);
  addPart(parts, options, options.expiresAt, Variable.EXPIRES_AT, expiresAt);
  if (parts.length === 0) return formatToken(token, options);
  if (parts.length === 1 && !parts[0].isNamed) return `${parts[0].value}\n`;
  return parts.map<string>((part) => part.toCommand()).join('');
}

/** One of the values that may be printed. */
class Part {
  constructor(
    readonly value: string,
    readonly variable: string,
    /** Whether the command line has the name of the variable. */
    readonly isNamed: bool,
  ) {}

  /** A line that a shell can evaluate, safe for any value. */
  toCommand(): string {
    return `${this.variable}=${shellQuote(this.value)}; export ${this.variable};\n`;
  }
}

function addPart(parts: Part[], options: Options, choice: Choice, usual: string, value: string): void {
  if (!choice.isGiven && !options.env) return;
  const variable = choice.variable;
  parts.push(new Part(value, variable === null ? usual : variable, variable !== null));
}

function formatToken(token: string, options: Options): string {
  // No line end: the text is for `curl -H "$(...)"`, and for programs that read all of it.
  if (options.authHeader) return `Authorization: Bearer ${token}`;
  return options.bearer ? `Bearer ${token}\n` : `${token}\n`;
}

/**
 * Writes to the user's terminal. The text may come from an issuer and must not control the terminal. @returns whether
 * it is written
 */
export function inform(text: string): bool {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  const line = new TextBuilder(end + 1);
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index);
    const isShown = !isUnfit(code) || code === 0x09 || code === 0x0a;
    line.add(isShown ? code : 0x3f);
  }
  line.add(0x0a);
  return writeAll(2, line.toString()) === 0;
}

/** Writes all of the text. @returns 0 or an error of the system */
export function writeAll(fd: i32, text: string): i32 {
  const rest = Bytes.of(text);
  while (rest.size > 0) {
    const count = write(fd, rest);
    if (count >= 0) rest.skip(count);
    // Another process made the pipe non-blocking, and its reader is slow.
    else if (count === EAGAIN) poll(fd, POLLOUT, -1);
    else return count;
  }
  return 0;
}

/** Why a write failed; empty if the reader has gone, which is no error worth reporting. */
export function writeProblem(error: i32): string {
  return error === EPIPE ? '' : describeWriteError(error);
}
