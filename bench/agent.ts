/** Measures jeton's agent, asleep and awake, and the C agent, against jeton's targets. See docs/performance.md. */

import { hasDebianSuite, type Suite } from '../e2e/support/computer/programs.ts';
import { Sandbox } from '../e2e/support/computer/sandbox.ts';
import { asleep, clientsOfOurs } from './support/agent/asleep.ts';
import { disturbed, loading, newTokens } from './support/agent/awake.ts';
import { encrypted } from './support/agent/encrypted.ts';
import { memory, start } from './support/agent/start.ts';
import { waking } from './support/agent/waking.ts';
import type { Row } from './support/compare.ts';
import { printHeader, printTable } from './support/report.ts';
import { startQuickIssuer, startTwoAgents } from './support/two-agents.ts';

const sandbox = new Sandbox();
process.once('SIGINT', () => sandbox.close().finally(() => process.exit(130)));
try {
  printHeader([
    ['jeton', await version('ours')],
    ['C suite', hasDebianSuite ? await version('c') : 'not installed (Debian package oidc-agent-cli)'],
  ]);
  const issuer = await startQuickIssuer(sandbox);
  const agents = await startTwoAgents(sandbox, issuer);
  const setting = { sandbox, issuer, agents };
  const rows: Row[] = [];
  try {
    for (const part of [
      start,
      memory,
      asleep,
      clientsOfOurs,
      waking,
      encrypted,
      disturbed,
      newTokens,
      loading,
    ]) {
      rows.push(...(await part(setting)));
      console.error(`measured: ${part.name}`);
    }
  } finally {
    // Also what was measured before a failure.
    printTable('jeton', 'C suite', rows);
  }
} finally {
  await sandbox.close();
}

async function version(suite: Suite): Promise<string> {
  return (await sandbox.run('oidc-agent', ['--version'], { suite })).stdout.trim();
}
