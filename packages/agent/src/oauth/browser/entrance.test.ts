import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startEntrance } from './entrance.ts';
import { RedirectServer } from './redirect-server.ts';

const destination = 'https://issuer.example/authorize?state=the-state&code_challenge=c';
let server: RedirectServer;
let answers: string[];
let seconds: number;
let address: string;

beforeEach(async () => {
  answers = [];
  seconds = 0;
  const ports = [43181, 43182, 43183, 43184, 43185, 43186];
  const started = await RedirectServer.start(
    ports.map((port) => `http://127.0.0.1:${port}`),
    async (answer) => void answers.push(String(answer)),
  );
  if (started === undefined) throw new Error('no port is free');
  server = started;
  address = server.entrance(destination, () => {
    seconds += 1;
  });
});
afterEach(() => server.close());

/** Opens an address as a browser does, which shows each redirect. */
const open = (url: string, cookie = '') => fetch(url, { redirect: 'manual', headers: { cookie } });
const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';

describe('the address for the browser', () => {
  test('contains nothing of the login, and differs each time', () => {
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:4318\d\/[\w-]{32}$/);
    expect(server.entrance(destination, () => undefined)).not.toBe(address);
  });

  test('leads to the issuer, and marks the browser', async () => {
    const response = await open(address);
    expect([response.status, response.headers.get('location')]).toEqual([302, destination]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'set-cookie': expect.stringMatching(
        /^oidc-gen-4318\d=[\w-]{32}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/,
      ),
    });
  });

  test('works once: a second browser gets nothing, and is reported to the login', async () => {
    await open(address);
    const second = await open(address);
    expect([second.status, second.headers.get('location'), second.headers.get('set-cookie')]).toEqual([
      403,
      null,
      null,
    ]);
    expect(await second.text()).toContain('works only once');
    expect(seconds).toBe(1);
  });

  test('works again for the browser that has visited it: the user may reload the page', async () => {
    const cookie = cookieOf(await open(address));
    expect((await open(address, cookie)).status).toBe(302);
    expect(seconds).toBe(0);
  });
});

describe('an answer', () => {
  const answer = (cookie = '') => open(`${server.redirectUri}/?code=c&state=s`, cookie);

  test('is accepted from any browser before the first visit', async () => {
    expect((await answer()).status).toBe(200);
  });

  test.each([
    ['none', () => ''],
    ['another cookie', (cookie: string) => `${cookie}x`],
    ['one of the same length', (cookie: string) => `${cookie.slice(0, -1)}~`],
    ['the cookie of another login', (cookie: string) => cookie.replace(/=.*/, `=${'x'.repeat(32)}`)],
  ])('is accepted from that browser only afterwards, not with %s', async (_which, change) => {
    const response = await answer(change(cookieOf(await open(address))));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('paste the address of this page in the terminal');
    expect(answers).toEqual([]);
  });

  test('is accepted if the browser sends other cookies, too', async () => {
    const cookie = cookieOf(await open(address));
    expect((await answer(`a=b; ${cookie}; c=d`)).status).toBe(200);
    expect(answers).toEqual(['code=c&state=s']);
  });
});

test('a login without a redirect server has a server for this page alone', async () => {
  const entrance = await startEntrance(destination);
  if (entrance === undefined) throw new Error('no port is free');
  expect((await open(new URL('/', entrance.address).href)).status).toBe(403);
  expect((await open(entrance.address)).headers.get('location')).toBe(destination);
  await entrance.visited;
  await entrance.close();
  await expect(open(entrance.address)).rejects.toThrow();
});
