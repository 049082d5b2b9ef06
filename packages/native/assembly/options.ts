/**
 * The command line, where it is one that needs no second thought. Names that are shortened, help, and everything that is wrong
 * are left to the Node program, which knows how to say it.
 */
import { Argument, OIDC_TOKEN, OPTIONS } from './generated';
import { consistsOf, isDigit, isWord, wholeNumber } from './text/characters';

/** One of -o, -i and -e. */
export class Choice {
  isGiven: bool = false;
  /** The name of a variable; null for the usual one. */
  variable: string | null = null;
}

export class Options {
  /** Short name of an account, or an issuer. */
  name: string = '';
  all: bool = false;
  env: bool = false;
  forceNew: bool = false;
  bearer: bool = false;
  authHeader: bool = false;
  readonly token: Choice = new Choice();
  readonly issuer: Choice = new Choice();
  readonly expiresAt: Choice = new Choice();
  /** Seconds; -1 where nothing is said. */
  time: i64 = -1;
  audience: string = '';
  readonly scopes: string[] = [];
  applicationHint: string = OIDC_TOKEN;

  /**
   * @param name of the option
   * @param value null if none is given
   * @returns whether this program knows the option, and the value is one for it
   */
  set(name: string, value: string | null): bool {
    return value === null ? this.setAlone(name) : this.setText(name, value);
  }

  private setAlone(name: string): bool {
    if (name === 'all') this.all = true;
    else if (name === 'env') this.env = true;
    else if (name === 'force-new') this.forceNew = true;
    else if (name === 'bearer') this.bearer = true;
    else if (name === 'auth-header') this.authHeader = true;
    else return this.choose(name, null);
    return true;
  }

  private setText(name: string, value: string): bool {
    if (name === 'time') {
      this.time = wholeNumber(value);
      return this.time >= 0;
    }
    if (name === 'aud') this.audience = value;
    else if (name === 'name') this.applicationHint = value;
    else if (name === 'scope') this.scopes.push(value);
    else return isVariableName(value) && this.choose(name, value);
    return true;
  }

  private choose(name: string, variable: string | null): bool {
    const choice = this.choiceOf(name);
    if (choice === null) return false;
    choice.isGiven = true;
    choice.variable = variable;
    return true;
  }

  private choiceOf(name: string): Choice | null {
    if (name === 'token') return this.token;
    if (name === 'issuer') return this.issuer;
    return name === 'expires-at' ? this.expiresAt : null;
  }
}

/** Whether the name is one of a shell variable; in any other text a shell could find a command. */
function isVariableName(name: string): bool {
  return name !== '' && consistsOf(name, isWord) && !isDigit(name.charCodeAt(0));
}

/** Reads a command line. @returns null if it is not a plain one */
export function readOptions(words: string[]): Options | null {
  const options = new Options();
  const names: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === '--') {
      while (++index < words.length) names.push(words[index]);
    } else if (word.length > 1 && word.startsWith('-')) {
      const next: string | null = index + 1 < words.length ? words[index + 1] : null;
      const taken = word.startsWith('--') ? takeLong(options, word, next) : takeLetters(options, word, next);
      if (taken < 0) return null;
      index += taken;
    } else {
      names.push(word);
    }
  }
  if (names.length !== 1 || names[0] === '') return null;
  options.name = names[0];
  return options;
}

const NOT_PLAIN: i32 = -1;

/** Takes `--name`, `--name=value`, `--name value`. @returns how many words after it belong to it, or NOT_PLAIN */
function takeLong(options: Options, word: string, next: string | null): i32 {
  const equals = word.indexOf('=');
  const attached: string | null = equals < 0 ? null : word.substring(equals + 1);
  const spelling = equals < 0 ? word.substring(2) : word.substring(2, equals);
  const option = OPTIONS.SPELLING.indexOf(spelling);
  if (option < 0 || (OPTIONS.ARGUMENT[option] === Argument.NONE && attached !== null)) return NOT_PLAIN;
  return setWith(options, option, attached, next);
}

/** Takes `-abc`, `-tVALUE`, `-t VALUE`. @returns as takeLong */
function takeLetters(options: Options, word: string, next: string | null): i32 {
  for (let index = 1; index < word.length; index++) {
    const option = OPTIONS.LETTER.indexOf(word.charAt(index));
    if (option < 0) return NOT_PLAIN;
    if (OPTIONS.ARGUMENT[option] !== Argument.NONE) {
      const rest = word.substring(index + 1);
      return setWith(options, option, rest === '' ? null : rest, next);
    }
    if (!options.set(OPTIONS.NAME[option], null)) return NOT_PLAIN;
  }
  return 0;
}

/** @param option its place in the table */
function setWith(options: Options, option: i32, attached: string | null, next: string | null): i32 {
  const name = OPTIONS.NAME[option];
  if (OPTIONS.ARGUMENT[option] !== Argument.REQUIRED || attached !== null) {
    return options.set(name, attached) ? 0 : NOT_PLAIN;
  }
  return next !== null && options.set(name, next) ? 1 : NOT_PLAIN;
}
