/**
 * Every command that a page tells its reader to type does what the page says. Each page has a terminal, a home and an agent
 * of its own; real issuers are replaced by jeton-iam, programs of others by scripts.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateAccount } from '../support/agent/accounts.ts';
import { agentsOf } from '../support/agent/agent.ts';
import { freePort } from '../support/computer/free-port.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type DocumentedPage, masked, readPage } from '../support/documented.ts';
import { endProcess } from '../support/processes.ts';
import { type RunningIam, SHORT_INTERVAL, startIam } from '../support/servers/iam.ts';
import { ISSUER, type MytokenServer, startMytokenServer } from '../support/servers/mytoken.ts';
import { type Answer, Shell } from '../support/user/shell.ts';
import { agentPages } from './documented-commands/agent-pages.ts';
import { notRun } from './documented-commands/not-run.ts';
import { otherPages } from './documented-commands/other-pages.ts';
import { writeOtherPrograms } from './documented-commands/other-programs.ts';
import { type Step, steps } from './documented-commands/page.ts';
import { browser } from './documented-commands/shared.ts';

const pages = { ...agentPages, ...otherPages };
const allRun = Object.values(pages).flatMap((page) => steps(page).map(({ command }) => command));
const allDocumented = Object.keys(pages).flatMap((path) => readPage(path).commands);
const optionOf = /^[\w-]+( [a-z]+)?( --?[\w-]+)+$/;
const listed = Object.values(notRun).flat();

describe('the commands of the documentation', () => {
  it.each(Object.entries(pages))(
    '%s has none that is neither run nor listed as one that is not',
    (path, page) => {
      const run = steps(page).map(({ command }) => command);
      const forgotten = readPage(path).commands.filter(({ command, inText }) => {
        if (listed.includes(command) || run.includes(command)) return false;
        // A sentence may name an option, or a part of a command.
        return !(inText && (optionOf.test(command) || allRun.some((whole) => whole.includes(command))));
      });
      expect(forgotten.map(({ command }) => command)).toEqual([]);
    },
  );

  it('are there still, where this test says so', () => {
    const all = allDocumented.map(({ command }) => command);
    expect(listed.filter((command) => !all.includes(command))).toEqual([]);
    for (const [path, page] of Object.entries(pages)) {
      const documented = readPage(path).commands.map(({ command }) => command);
      const run = steps(page).map(({ command }) => command);
      expect(run.filter((command) => !documented.includes(command))).toEqual([]);
    }
  });
});

/** An issuer for all pages that do not start one. */
const surroundings = new Sandbox();
let iam: RunningIam;
let mytokens: MytokenServer;
beforeAll(async () => {
  iam = await startIam(surroundings);
  mytokens = await startMytokenServer(surroundings);
});
afterAll(() => surroundings.close());

describe.each(Object.entries(pages))('%s', (path, page) => {
  const sandbox = new Sandbox();
  const documented = readPage(path);
  let shell: Shell;
  let issuerHere: string;

  beforeAll(async () => {
    const port = page.ownIam ? await freePort() : iam.port;
    issuerHere = `http://localhost:${port}/`;
    sandbox.onClose(() => Promise.all(agentsOf(sandbox).map((pid) => endProcess(pid))));
    const programs = join(sandbox.folder, 'bin');
    writeOtherPrograms(programs);
    if (page.accounts !== undefined) await sandbox.run('oidc-agent', []);
    for (const name of page.accounts ?? []) {
      expect(await generateAccount(sandbox, name, iam)).toMatchObject({ code: 0 });
    }
    for (const [name, text] of Object.entries(page.files ?? {})) {
      writeFileSync(join(sandbox.folder, name), text, { mode: 0o700 });
    }
    shell = await Shell.start(sandbox, { PATH: `${programs}:${sandbox.env.PATH}`, ...page.env });
  });
  afterAll(async () => {
    await shell?.run('kill $(jobs -p) 2>/dev/null; wait');
    await sandbox.close();
  });

  /** What is typed for what the page says. */
  const fill = (text: string) =>
    text
      .replace(
        /http:\/\/localhost:8080\/|https:\/\/wlcg\.cloud\.cnaf\.infn\.it\/|https:\/\/iam\.example\//g,
        issuerHere,
      )
      .replace('https://localhost:8080/', issuerHere.replace('http:', 'https:'))
      .replace(
        /\bjeton-iam\b(?! --port)/,
        () => `jeton-iam --port ${new URL(issuerHere).port} --behave ${SHORT_INTERVAL}`,
      )
      .replace('LAST ADDRESS', browser.lastAddress)
      .replace('MYTOKEN SERVER', mytokens.url)
      .replace('MYTOKEN ISSUER', ISSUER)
      .replace(/\b(NAME|ISSUER_URL)\b/g, 'example');

  it.for(steps(page).map((step) => [step.command, step] as const))(
    '%s',
    async ([command, step], { skip }) => {
      const { needs } = step;
      if (needs !== undefined && spawnSync('which', [needs]).status !== 0) skip(`needs ${needs}`);
      if (step.first !== undefined) expect(await shell.run(fill(step.first))).toMatchObject({ code: 0 });
      const typed = Object.entries(step.instead ?? {}).reduce(
        (text, [words, others]) => text.replace(words, others),
        command,
      );
      const answers = step.answers?.map(
        ([question, answer]): Answer => [question, typeof answer === 'string' ? fill(answer) : answer],
      );
      const { shows, interrupt = false } = step;
      const { output, code } = await shell.run(fill(typed), { answers: answers ?? [], shows, interrupt });
      if (!interrupt) expect(code, output).toBe(step.code ?? 0);
      for (const sample of samplesOf(documented, step)) expect(masked(output)).toContain(masked(sample));
    },
  );
});

/** What the page says that the command prints. */
function samplesOf({ commands, samples }: DocumentedPage, { command, sample }: Step): string[] {
  const below = commands.find((documented) => documented.command === command)?.output ?? [];
  const block = sample === undefined ? [] : [samples.find((text) => text.startsWith(sample))];
  return [...(below.length > 0 ? [below.join('\n')] : []), ...block.map((text) => text ?? `no ${sample}`)];
}
