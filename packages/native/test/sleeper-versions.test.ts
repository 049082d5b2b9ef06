/** An agent that sleeps, and programs around it whose frames are of another version: an update may replace the files of one of them alone. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../e2e/support/until.ts';
import { frame, PROTOCOL_VERSION } from '../../agent/src/daemon/process/frames.ts';
import { RunningSleeper, sleeperProgram, standIn } from './running-sleeper.ts';

const refusal = {
  status: 'failure',
  error: 'the agent was started by another version of jeton, and this one cannot read its accounts',
  info: 'hint: install that version again, or restart the agent and load the accounts: oidc-agent -k; eval $(oidc-agent)\n',
};
const entry = { account: 'wlcg', answer: '{"token":"first"}' };

describe.skipIf(!existsSync(sleeperProgram))('an agent that sleeps (npm run build:native)', () => {
  let agent: RunningSleeper;
  let script: string;
  beforeEach(() => {
    agent = new RunningSleeper();
    script = join(agent.folder, 'awake.cjs');
    copyFileSync(standIn, script);
  });
  afterEach(() => agent.remove());

  /** Puts a Node program of another version into its place. */
  const replaceNode = (version: number) => {
    const text = readFileSync(standIn, 'utf8');
    writeFileSync(script, text.replace(`VERSION = ${PROTOCOL_VERSION};`, `VERSION = ${version};`));
  };

  it.each([PROTOCOL_VERSION + 1, PROTOCOL_VERSION - 1])(
    'keeps its accounts and gives out what is ready where the Node program is of version %i, and goes on with the former one',
    async (version) => {
      await agent.start({ script });
      await agent.sleep({ state: 'state', entries: [entry] });
      replaceNode(version);
      for (const request of ['status', 'lock']) {
        expect(JSON.parse(await agent.ask({ request }))).toEqual(refusal);
      }
      expect(await agent.ask({ request: 'access_token', account: 'wlcg' })).toBe(entry.answer);
      replaceNode(PROTOCOL_VERSION);
      expect(await agent.askStandIn({})).toMatchObject({ by: 'worker', state: 'state' });
    },
  );

  it('leaves an awake agent as it is where an update brings a Node program of another version', async () => {
    const program = join(agent.folder, 'oidc-agent-sleeper');
    copyFileSync(sleeperProgram, program);
    await agent.start({ program, script, checkSeconds: 0.05, followsUpdates: true });
    const { pid } = await agent.askStandIn({});
    const tried = join(agent.folder, 'tried');
    replaceNode(PROTOCOL_VERSION + 1);
    writeFileSync(
      script,
      `process.on('exit', () => fs.writeFileSync(${JSON.stringify(tried)}, ''));\n${readFileSync(script)}`,
    );
    await until(() => existsSync(tried));
    await setTimeout(300);
    expect(await agent.askStandIn({})).toMatchObject({ pid });
  });

  it('does not start with what a program of another version says', async () => {
    const firstFrame = frame('version', { u32: PROTOCOL_VERSION + 1 });
    expect(await agent.start({ firstFrame })).toEqual({
      ready: false,
      problem: 'Could not start the agent',
      error: 'the files of jeton were replaced meanwhile; try again',
    });
    expect(existsSync(agent.path)).toBe(false);
  });
});
