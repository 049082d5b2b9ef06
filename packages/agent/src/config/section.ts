/**
 * The file `config`: one JSON object with a section for each program. The user's file counts member by member before the
 * system's; `null` takes a member of the system's back (RFC 7396).
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { agentDirectory, expandPath } from '../agent-directory.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { MAX_FILE_BYTES } from '../files/reading/limits.ts';
import { readRegular } from '../files/reading/read-regular.ts';
import { systemErrorCode } from '../files/system-error.ts';
import { parseCommentedJson } from './json.ts';

export const SYSTEM_FILE = '/etc/oidc-agent/config';

interface Setting {
  readonly value: unknown;
  readonly file: string;
  /** The name as the file has it. */
  readonly written: string;
}

/** The settings of one program in the two files. A name may contain dashes or underscores. */
export class ConfigSection {
  readonly #name: string;
  readonly #settings = new Map<string, Setting>();

  /** @throws ConfigurationError for a file that cannot be read or understood */
  constructor(name: string, env: NodeJS.ProcessEnv = process.env, systemFile: string = SYSTEM_FILE) {
    this.#name = name;
    const userFile = userConfigFile(env);
    for (const file of userFile === undefined ? [systemFile] : [systemFile, userFile]) {
      const section = readSection(file, name);
      // The user's `null` for a section is one for all of its members.
      if (section === null) this.#settings.clear();
      for (const [written, value] of Object.entries(section ?? {})) {
        this.#settings.set(plainName(written), { value, file, written });
      }
    }
  }

  /**
   * A text that is not empty.
   * @throws ConfigurationError for another value
   */
  text(name: string): string | undefined {
    const text = this.#read(name, 'a text', (value) => (typeof value === 'string' ? value : undefined));
    return text === '' ? undefined : text;
  }

  boolean(name: string, otherwise: boolean): boolean {
    return this.#read(name, 'true or false', readBoolean) ?? otherwise;
  }

  /**
   * A whole number, not negative.
   * @throws ConfigurationError for another value
   */
  wholeNumber(name: string): number | undefined {
    return this.#read(name, 'a whole number', (value) => {
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
    });
  }

  choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    return this.#read(name, `one of ${choices.join(', ')}`, (value) =>
      choices.find((choice) => choice === value),
    );
  }

  #read<Value>(
    name: string,
    expected: string,
    understand: (value: unknown) => Value | undefined,
  ): Value | undefined {
    const setting = this.#settings.get(plainName(name));
    if (setting === undefined || saysNothing(setting.value)) return undefined;
    const value = understand(setting.value);
    if (value !== undefined) return value;
    throw unusable(`'${setting.written}' in section '${this.#name}' has to be ${expected}`, setting.file);
  }
}

/** The C suite's documentation and programs disagree about `cert-path` and `cert_path`, and about similar names. */
const plainName = (name: string) => name.replaceAll('-', '_');

/** `null`, and the empty object that the C suite's file has for `auto-gen`. */
function saysNothing(value: unknown): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0);
}

/** Booleans and numbers may be written as texts, too, as the C programs take them. */
function readBoolean(value: unknown): boolean | undefined {
  const text = String(value);
  if (['true', '1', 'yes'].includes(text)) return true;
  return ['false', '0', 'no'].includes(text) ? false : undefined;
}

/** `$OIDC_USER_CONFIG`, where `/dev/null` stands for none, else `config` in the agent directory. */
function userConfigFile(env: NodeJS.ProcessEnv): string | undefined {
  const { OIDC_USER_CONFIG: named } = env;
  if (named) return named.toLowerCase() === '/dev/null' ? undefined : expandPath(named, env);
  // Without a home directory no file exists; a program that needs none goes on.
  if (!env.HOME && !env.OIDC_CONFIG_DIR) return undefined;
  const directory = agentDirectory(env);
  return directory === undefined ? undefined : join(directory, 'config');
}

function readSection(file: string, name: string): object | null | undefined {
  const text = readIfThere(file);
  if (text === undefined || text.trim() === '') return undefined;
  const { value, fault } = parseCommentedJson(text);
  if (fault !== undefined) throw unusable('could not parse json', `${file}:${fault.line}:${fault.column}`);
  if (!isObject(value)) throw unusable('is not a json object', file);
  const section = value[name];
  if (section === undefined || section === null || isObject(section)) return section;
  throw unusable(`section '${name}' is not a json object`, file);
}

function readIfThere(file: string): string | undefined {
  if (!isThere(file)) return undefined;
  try {
    return readRegular(file, { most: MAX_FILE_BYTES.configuration }).bytes.toString('utf8');
  } catch (error) {
    throw unusable('could not open file', error instanceof Error ? error.message : String(error));
  }
}

/** Check first: the file rarely exists, and catching an error takes longer than everything else here. */
function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // Skip a folder that may not be searched, like the agent directory.
    return systemErrorCode(error) !== 'EACCES';
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(problem: string, where: string): ConfigurationError {
  return new ConfigurationError(`error in configuration file: ${problem}`, [`see ${where}`]);
}
