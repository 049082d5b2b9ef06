/** Whatever a command line, a configuration or an answer are made of: all builds of oidc-token do the same. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedAgent, startScriptedAgent } from '../../client/test/scripted-agent.ts';
import { type Builds, buildNames, makeBuilds, missingBuilds } from './builds.ts';
import { answer, argv, config } from './inputs.ts';

interface Outcome {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
  readonly requests: readonly string[];
}

/** How far a run came. */
function reached({ code, stderr, requests }: Outcome): string {
  if (code === 0 && requests.length > 0) return 'a token';
  if (requests.length === 0) return 'its own command line or configuration';
  return stderr.startsWith('Error: The answer of the agent') ? 'an answer that is none' : 'an error';
}

describe.skip.each(missingBuilds)('%s (npm run build:native)', () => it('is not there'));

describe.skipIf(buildNames.length === 1)('every build', () => {
  let builds: Builds;
  let configFile: string;
  let current: Buffer;
  const agents = new Map<string, ScriptedAgent>();
  beforeAll(async () => {
    builds = await makeBuilds();
    const home = join(builds.folder, 'home');
    await mkdir(home);
    configFile = join(home, 'config');
    for (const build of buildNames) {
      agents.set(build, await startScriptedAgent((connection) => connection.end(current)));
    }
  });
  afterAll(async () => {
    for (const agent of agents.values()) await agent.close();
    await builds.remove();
  });

  const run = async (build: string, args: readonly string[]) => {
    const { socketPath = '', requests = [] } = agents.get(build) ?? {};
    const before = requests.length;
    const [program, ...first] = builds.command(build);
    const env = {
      PATH: dirname(process.execPath),
      OIDC_SOCK: socketPath,
      OIDC_CONFIG_DIR: dirname(configFile),
    };
    return await new Promise<Outcome>((resolve) => {
      const child = execFile(
        program,
        [...first, ...args],
        { env, encoding: 'latin1' },
        (error, stdout, stderr) =>
          resolve({ code: error?.code ?? 0, stdout, stderr, requests: requests.slice(before) }),
      );
      child.stdin?.end();
    });
  };

  it('prints, ends and asks as the others do', { timeout: 300_000 }, async () => {
    const ends: string[] = [];
    await fc.assert(
      fc.asyncProperty(argv, config, answer, async (args, settings, bytes) => {
        current = bytes;
        await (settings === '' ? rm(configFile, { force: true }) : writeFile(configFile, settings));
        const [node, ...others] = await Promise.all(buildNames.map((build) => run(build, args)));
        for (const other of others) expect(other).toEqual(node);
        if (node !== undefined) ends.push(reached(node));
      }),
      { numRuns: 150 },
    );
    // Inputs that all end at the same place compare nothing behind it.
    const count = (end: string) => ends.filter((other) => other === end).length;
    expect(count('a token')).toBeGreaterThan(20);
    expect(count('an error')).toBeGreaterThan(10);
    expect(count('an answer that is none')).toBeGreaterThan(3);
    expect(count('its own command line or configuration')).toBeGreaterThan(3);
  });
});
