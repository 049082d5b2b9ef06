/**
 * The command line, where it is one that needs no second thought. Names that are shortened, help, and everything that is wrong
 * are left to the Node program, which knows how to say it.
 */
import { consistsOf, isDigit, isWord, wholeNumber } from './text/characters';

enum Argument {
  None,
  /** Has to be attached. */
  Optional,
  Required,
}

class Option {
  constructor(
    readonly name: string,
    /** One letter, or empty. */
    readonly letter: string,
    readonly argument: Argument,
  ) {}
}

const OPTIONS: Option[] = [
  new Option('all', 'a', Argument.None),
  new Option('env', 'c', Argument.None),
  new Option('expires-at', 'e', Argument.Optional),
  new Option('force-new', 'f', Argument.None),
  new Option('issuer', 'i', Argument.Optional),
  new Option('token', 'o', Argument.Optional),
  new Option('time', 't', Argument.Required),
  new Option('bearer', '', Argument.None),
  new Option('auth-header', '', Argument.None),
  new Option('auth', '', Argument.None),
  new Option('aud', '', Argument.Required),
  new Option('name', '', Argument.Required),
  new Option('scope', 's', Argument.Required),
];

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
  applicationHint: string = 'oidc-token';

  /** @returns whether the value is one for the option */
  set(option: Option, value: string | null): bool {
    if (option.argument === Argument.Optional) return this.choose(option.name, value);
    if (value !== null) return this.setText(option.name, value);
    if (option.name === 'all') this.all = true;
    else if (option.name === 'env') this.env = true;
    else if (option.name === 'force-new') this.forceNew = true;
    else if (option.name === 'bearer') this.bearer = true;
    else this.authHeader = true;
    return true;
  }

  private setText(name: string, value: string): bool {
    if (name === 'time') {
      this.time = wholeNumber(value);
      return this.time >= 0;
    }
    if (name === 'aud') this.audience = value;
    else if (name === 'name') this.applicationHint = value;
    else this.scopes.push(value);
    return true;
  }

  private choose(name: string, variable: string | null): bool {
    if (variable !== null && !isVariableName(variable)) return false;
    const choice = name === 'token' ? this.token : name === 'issuer' ? this.issuer : this.expiresAt;
    choice.isGiven = true;
    choice.variable = variable;
    return true;
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
  const option = findByName(equals < 0 ? word.substring(2) : word.substring(2, equals));
  if (option === null) return NOT_PLAIN;
  if (option.argument === Argument.None && attached !== null) return NOT_PLAIN;
  return setWith(options, option, attached, next);
}

/** Takes `-abc`, `-tVALUE`, `-t VALUE`. @returns as takeLong */
function takeLetters(options: Options, word: string, next: string | null): i32 {
  for (let index = 1; index < word.length; index++) {
    const option = findByLetter(word.charAt(index));
    if (option === null) return NOT_PLAIN;
    if (option.argument !== Argument.None) {
      const rest = word.substring(index + 1);
      return setWith(options, option, rest === '' ? null : rest, next);
    }
    options.set(option, null);
  }
  return 0;
}

function setWith(options: Options, option: Option, attached: string | null, next: string | null): i32 {
  if (option.argument !== Argument.Required || attached !== null) {
    return options.set(option, attached) ? 0 : NOT_PLAIN;
  }
  return next !== null && options.set(option, next) ? 1 : NOT_PLAIN;
}

function findByName(name: string): Option | null {
  for (let index = 0; index < OPTIONS.length; index++) {
    if (OPTIONS[index].name === name) return OPTIONS[index];
  }
  return null;
}

function findByLetter(letter: string): Option | null {
  for (let index = 0; index < OPTIONS.length; index++) {
    if (OPTIONS[index].letter === letter) return OPTIONS[index];
  }
  return null;
}
