/** What a shell makes of the commands that `oidc-token -c` prints: the values as they are, whatever they are made of. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startScriptedAgent } from '../../../../client/test/scripted-agent.ts';
import { type Builds, buildNames, makeBuilds } from '../../../../native/test/builds.ts';

let builds: Builds;
beforeAll(async () => {
  builds = await makeBuilds();
});
afterAll(() => builds.remove());

const EXPIRES_AT = 1700000000;

/** Everything into which a shell reads something, alone and in company. */
const special = [
  ...'`$"\'\\;*?~#&|<>(){}[]!=:%^-',
  ...['$(id)', '`id`', '$HOME', "';id;'", '~root', 'a:~', '[a-z]*', '{a,b}', '&&id', '$((1))', "$'\\n'"],
];

describe.each(buildNames)('a shell that evaluates what oidc-token -c prints, %s,', (build) => {
  /** Where the shell runs there are files that a pattern would find. */
  const evaluate = async (answer: object) => {
    const agent = await startScriptedAgent({ status: 'success', ...answer });
    onTestFinished(() => agent.close());
    const script = 'eval "$("$@" -c wlcg)"; printf "%s\\n" "$OIDC_AT" "$OIDC_ISS" "$OIDC_EXP"';
    const env = { OIDC_SOCK: agent.socketPath, PATH: dirname(process.execPath), HOME: builds.folder };
    const args = ['-c', script, 'sh', ...builds.command(build)];
    return await new Promise((resolve) => {
      const child = execFile('/bin/sh', args, { env, cwd: builds.folder }, (_, stdout, stderr) =>
        resolve({ stdout, stderr }),
      );
      child.stdin?.end();
    });
  };

  it.each(special)('has the token and the issuer with %s as they are', async (part) => {
    const [token, issuer] = [`${part}a${part}${part}b${part}`, `${part}https://x/${part}/ü`];
    expect(await evaluate({ access_token: token, issuer, expires_at: EXPIRES_AT })).toEqual({
      stdout: `${token}\n${issuer}\n${EXPIRES_AT}\n`,
      stderr: '',
    });
  });

  it.each(special)('has a token and an issuer that are nothing but %s', async (part) => {
    expect(await evaluate({ access_token: part, issuer: part, expires_at: '' })).toEqual({
      stdout: `${part}\n${part}\n0\n`,
      stderr: '',
    });
  });

  it.each([
    ['access_token', 'a b'],
    ['access_token', 'a\tb'],
    ['access_token', 'a\nb'],
    ['access_token', ''],
    ['issuer', 'https://x/ y'],
    ['issuer', 'https://x/\ty'],
    ['issuer', 'https://x/\ny'],
    ['expires_at', '17;id'],
    ['expires_at', '$(id)'],
    ['expires_at', '17 18'],
    ['expires_at', '17\n18'],
  ])('has nothing at all of an answer whose %s is %j', async (member, value) => {
    expect(await evaluate({ access_token: 'abc', issuer: 'https://x/', [member]: value })).toEqual({
      stdout: '\n\n\n',
      stderr: `Error: The answer of the agent has no usable ${member}\n`,
    });
  });
});
