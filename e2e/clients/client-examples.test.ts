/** The examples of docs/client.md: the page has them as they are, and each does what it says. */
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { generateAccount } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { root } from '../support/documented.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';

const examples = join(root, 'packages/client/examples');
const read = (name: string) => readFileSync(join(examples, name), 'utf8');
const sub = '80e5fb8d-b7c8-451a-89ba-346ae278a66f';

const sandbox = new Sandbox();
let iam: RunningIam;
let userinfo: string;
beforeAll(async () => {
  [iam] = await Promise.all([startIam(sandbox), startAgent(sandbox)]);
  userinfo = new URL('userinfo', iam.issuer).href;
  expect(await generateAccount(sandbox, 'wlcg', iam)).toMatchObject({ code: 0 });
});
afterAll(() => sandbox.close());

const run = (program: string, ...args: string[]) => sandbox.run(process.execPath, [program, ...args]);

it.each(readdirSync(examples))('the page has %s', (name) => {
  const blocks = [...readFileSync(join(root, 'docs/client.md'), 'utf8').matchAll(/```js\n(.*?)```/gs)];
  const page = blocks.map(([, block]) => block);
  const parts = name.endsWith('.ipynb') ? cellsOf(name).map((cell) => `${cell}\n`) : [read(name)];
  for (const part of parts) expect(page).toContain(part);
});

it('fetch.js sends the token', async () => {
  const { stdout, stderr } = await run(join(examples, 'fetch.js'), 'wlcg', userinfo);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^200 /);
  expect(stdout).toContain(sub);
});

describe('retry.js', () => {
  it('asks once more with a new token after 401', async () => {
    const service = await startService((token, refused) =>
      refused.some((one) => one !== token) ? 200 : 401,
    );
    const { stdout, stderr } = await run(join(examples, 'retry.js'), 'wlcg', service.url);
    expect({ stdout, stderr }).toEqual({ stdout: '200 \n', stderr: '' });
    expect(service.tokens).toHaveLength(2);
  });

  it('takes the second answer as it is', async () => {
    const service = await startService(() => 401);
    const { stdout } = await run(join(examples, 'retry.js'), 'wlcg', service.url);
    expect(stdout).toBe('401 \n');
    expect(service.tokens).toHaveLength(2);
  });

  it('asks once where the first token is good', async () => {
    const service = await startService(() => 200);
    await run(join(examples, 'retry.js'), 'wlcg', service.url);
    expect(service.tokens).toHaveLength(1);
  });
});

it('notebook.ipynb: its cells, one after the other', async () => {
  const folder = installed('notebook');
  const program = join(folder, 'cells.js');
  writeFileSync(program, cellsOf('notebook.ipynb').join('\n'));
  const { stdout, stderr } = await run(program);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^\[ 'wlcg' \]\n/);
  expect(stdout).toContain('Test User');
});

describe('extension.js', () => {
  let folder: string;
  beforeAll(() => {
    folder = installed('extension');
    cpSync(join(examples, 'extension.js'), join(folder, 'extension.js'));
    mkdirSync(join(folder, 'node_modules/vscode'));
    writeFileSync(
      join(folder, 'node_modules/vscode/package.json'),
      '{"type":"module","exports":"./index.js"}',
    );
    writeFileSync(join(folder, 'node_modules/vscode/index.js'), editor);
    writeFileSync(
      join(folder, 'run.js'),
      `import { activate } from './extension.js';
       import { run } from 'vscode';
       activate({ subscriptions: [] });
       await run('example.whoAmI');`,
    );
  });

  it('lets a user choose an account, and shows whose it is', async () => {
    const { stdout, stderr } = await run(join(folder, 'run.js'));
    expect(stderr).toBe('');
    expect(stdout).toBe('choose from wlcg\nGetting a token\ninformation: wlcg: Test User\n');
  });

  it('says what to do when there is no agent', async () => {
    const { stdout } = await sandbox.run(process.execPath, [join(folder, 'run.js')], {
      env: { OIDC_SOCK: '/nowhere' },
    });
    expect(stdout).toBe(
      'error: Could not connect to oidc-agent (there is no socket at /nowhere\nstart an agent with: eval $(oidc-agent))\n',
    );
  });

  it('is silent when the user breaks off', async () => {
    const { stdout, stderr } = await sandbox.run(process.execPath, [join(folder, 'run.js')], {
      env: { CANCEL: '1' },
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'choose from wlcg\nGetting a token\n', stderr: '' });
  });
});

describe('proxy.js', () => {
  const socketPath = join(sandbox.folder, 'proxy.sock');
  beforeAll(async () => {
    const proxy = sandbox.spawn(process.execPath, [
      join(examples, 'proxy.js'),
      'wlcg',
      iam.issuer,
      socketPath,
    ]);
    if (proxy.stdout === null) throw new Error('no output');
    const [line] = await once(createInterface({ input: proxy.stdout }), 'line');
    expect(line).toBe(`ready: curl --unix-socket ${socketPath} http://localhost/`);
  });

  const get = async (path: string) => {
    const [answer]: IncomingMessage[] = await once(request({ socketPath, path }).end(), 'response');
    if (answer === undefined) throw new Error('no answer');
    return { status: answer.statusCode, body: await text(answer) };
  };

  it('adds the token to what it is asked for', async () => {
    const { status, body } = await get('/userinfo');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ sub });
  });

  it('only its owner may use it', () => {
    expect(statSync(socketPath).mode & 0o077).toBe(0);
  });

  it.each(['//elsewhere.example/userinfo', 'http://elsewhere.example/userinfo'])(
    'asks only its upstream: %s',
    async (path) => {
      expect(await get(path)).toMatchObject({ status: expect.toSatisfy((status) => status !== 502) });
    },
  );

  it('says why it gets no token', async () => {
    expect((await sandbox.run('oidc-add', ['-r', 'wlcg'])).code).toBe(0);
    const { status, body } = await get('/userinfo');
    expect({ status, body }).toEqual({ status: 502, body: expect.stringContaining('oidc-add wlcg') });
  });
});

/** The code of a notebook, cell by cell. */
function cellsOf(name: string): string[] {
  const { cells }: { cells: { cell_type: string; source: string[] }[] } = JSON.parse(read(name));
  return cells.filter(({ cell_type: type }) => type === 'code').map(({ source }) => source.join(''));
}

/** A folder in which the library is installed. */
function installed(name: string): string {
  const folder = join(sandbox.folder, name);
  mkdirSync(join(folder, 'node_modules/@jeton'), { recursive: true });
  symlinkSync(join(root, 'packages/client'), join(folder, 'node_modules/@jeton/client'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

/** A service that decides about tokens by itself, and remembers them. */
async function startService(statusFor: (token: string, earlier: readonly string[]) => number) {
  const tokens: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const token = incoming.headers.authorization ?? '';
    outgoing.writeHead(statusFor(token, tokens)).end();
    tokens.push(token);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { tokens, url: `http://127.0.0.1:${address.port}/` };
}

/** The parts of VS Code that the example uses, with a user who takes the first of each list. */
const editor = `
  const handlers = new Map();
  export const run = (name) => handlers.get(name)();
  export const commands = { registerCommand: (name, handler) => handlers.set(name, handler) };
  export const ProgressLocation = { Notification: 15 };
  export const window = {
    async showQuickPick(items) {
      console.log('choose from ' + items);
      return items[0];
    },
    async withProgress({ title }, task) {
      console.log(title);
      const onCancellationRequested = (cancel) => process.env.CANCEL && cancel();
      return await task({}, { onCancellationRequested });
    },
    async showInformationMessage(message) {
      console.log('information: ' + message);
    },
    async showErrorMessage(message, { detail }) {
      console.log('error: ' + message + ' (' + detail + ')');
    },
  };
`;
