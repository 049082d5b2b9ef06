import * as v from 'valibot';
import { type Document, isMap, LineCounter, parseDocument } from 'yaml';
import { type Path, pathText, positionOf } from './position.ts';
import { configSchema } from './schema.ts';
import { type Config, Contradiction, toOptions } from './server-options.ts';

/** A member that is wrong. */
interface Mistake {
  readonly path: Path;
  readonly message: string;
}

/**
 * Reads a configuration file; docs/iam.md describes it.
 * @throws Error whose message begins with `<file>:<line>:<column>: `
 */
export function parseConfig(text: string, file: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const errorAt = (position: string, message: string) =>
    new Error(`${file}:${position}: ${message}\nhint: docs/iam.md describes this file`);
  const fail = ({ path, message }: Mistake) =>
    errorAt(positionOf(document, lines, path), sentence({ path, message }));

  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) {
    const { line, col } = lines.linePos(syntaxError.pos[0]);
    throw errorAt(`${line}:${col}`, syntaxError.message);
  }
  if (document.contents !== null && !isMap(document.contents)) {
    throw fail({ path: [], message: 'must have members' });
  }
  return read(toValue(document, fail) ?? {}, fail);
}

/**
 * Reads a configuration that is no file.
 * @throws Error that begins with the path of the wrong member, such as `users[0].password`
 */
export function configOf(members: object): Config {
  return read(members, (mistake) => new Error(`config: ${sentence(mistake)}`));
}

function read(members: unknown, fail: (mistake: Mistake) => Error): Config {
  const result = v.safeParse(configSchema, members);
  if (!result.success) {
    // If a name is misspelt, report that, and not that the right one is missing.
    const issue = result.issues.find(({ expected }) => expected === 'never') ?? result.issues[0];
    const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
    throw fail({ path, message: issue.message });
  }
  try {
    return toOptions(result.output);
  } catch (error) {
    throw error instanceof Contradiction ? fail(error) : error;
  }
}

function sentence({ path, message }: Mistake): string {
  return `${pathText(path)} ${message}`.trim();
}

/** The value of a document. Refuses aliases that expand to too much. */
function toValue(document: Document.Parsed, fail: (mistake: Mistake) => Error): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw fail({ path: [], message: error instanceof Error ? error.message : String(error) });
  }
}
