/**
 * What came of the command lines of a scenario, as lines of text:
 *
 *     $ oidc-token nope                  the command line
 *     > text                             what it printed to stdout
 *     ! Error: no such account           what it printed to stderr
 *     | text                             what was seen at a terminal
 *     exit 1
 *     + file wlcg                        a file that is new or changed (or `- file`, deleted), and what it says
 *     +   auth_scope: openid
 *     mode of wlcg: 600
 *     @ POST | /token | (Basic) | ...    a request that the issuer got
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decryptAccountContent } from '../../../packages/agent/src/accounts/account-file.ts';
import { passwordSource } from '../../../packages/agent/src/accounts/passwords/passwords.ts';
import { PASSWORD } from '../../support/agent/accounts.ts';

export interface StepOutcome {
  readonly line: string;
  readonly stdout: string;
  readonly stderr: string;
  /** What a terminal showed, instead of both. */
  readonly screen?: string;
  readonly code: number;
}

export function stepLines({ line, stdout, stderr, screen, code }: StepOutcome): string[] {
  return [
    `$ ${line}`,
    ...marked('> ', stdout),
    ...marked('! ', stderr),
    ...marked('| ', tidy(screen ?? '')),
    `exit ${code}`,
  ];
}

/** What is typed at a prompt ends its line, whether it is echoed or not; the C programs write `: ` twice, the second perhaps after that. */
function tidy(screen: string): string {
  return screen.replaceAll('\r\n', '\n').replace(/(assword[^\n]*?: )(: )?\n?(?:: )?/g, '$1\n');
}

/** Marks a last line that has no line end. */
function marked(mark: string, text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else lines.push('(no line end)');
  return lines.map((line) => (line === '' ? mark.trimEnd() : `${mark}${line}`));
}

/** The files of a folder and below, by their name. */
export function readFolder(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );
}

/** The changes of the files of a folder. Account files appear decrypted, member by member. */
export async function fileLines(folder: string, before: ReadonlyMap<string, string>): Promise<string[]> {
  const after = readFolder(folder);
  const gone = [...before.keys()].filter((name) => !after.has(name)).map((name) => `- file ${name}`);
  const changed = [...after].filter(([name, content]) => before.get(name) !== content);
  const changes = changed.sort().map(async ([name, content]) => {
    const mode = (statSync(join(folder, name)).mode & 0o777).toString(8);
    const lines = name.endsWith('/issuer.config') ? issuerLines(content) : await contentLines(content);
    return [`+ file ${name}`, ...lines, `mode of ${name}: ${mode}`];
  });
  return [...gone.sort(), ...(await Promise.all(changes)).flat()];
}

/** Each issuer with its accounts, one a line: the form that the file has in oidc-agent 4. What else there is has lines of its own. */
function issuerLines(content: string): string[] {
  if (!content.startsWith('[')) return [...marked('+   ', `${content}\n`), '+   (as lines)'];
  const issuers: { issuer: string; accounts?: string[] }[] = JSON.parse(content);
  const lines = issuers.flatMap(({ issuer, accounts = [], ...more }) => [
    ['+  ', issuer, ...accounts].join(' '),
    ...Object.entries(more).map(([name, value]) => `+     ${name}: ${JSON.stringify(value)}`),
  ]);
  return [...lines, '+   (as JSON)'];
}

async function contentLines(content: string): Promise<string[]> {
  const text = await decrypted(content);
  if (text === undefined)
    return content.includes('Generated using version') ? ['+   (encrypted)'] : marked('+   ', content);
  return Object.entries(JSON.parse(text))
    .map(([name, value]) => `+   ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .sort();
}

async function decrypted(content: string): Promise<string | undefined> {
  const passwords = passwordSource({ account: 'account', variable: 'P', env: { P: PASSWORD } });
  return await decryptAccountContent(content, passwords).then(
    ({ text }) => text,
    () => undefined,
  );
}
