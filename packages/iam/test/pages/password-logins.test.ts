import { afterEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { answerOf, basic, json, testIam } from '../support/test-iam.ts';

const password = (username: string, secret: string) => ({
  grant_type: 'password',
  username,
  password: secret,
  scope: 'openid',
});
const braked = (seconds: number) => [
  400,
  {
    error: 'invalid_grant',
    error_description: `Too many wrong passwords. Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`,
  },
];
const wrong = [400, { error: 'invalid_grant', error_description: 'Bad credentials' }];

describe('after ten wrong passwords', () => {
  let time = Date.now() / 1000;
  const iam = testIam({ now: () => time });
  const later = (seconds: number) => {
    time += seconds;
  };
  // After this time jeton-iam forgets the wrong passwords.
  afterEach(() => later(900));

  const token = async (username: string, secret = 'wrong') =>
    answerOf(await iam.post('/token', password(username, secret), basic('password-grant', 'secret')));
  const fail = async (username: string, times: number) => {
    for (let attempt = 0; attempt < times; attempt++) expect(await token(username)).toEqual(wrong);
  };
  const page = async (username: string, secret = 'wrong') => {
    const browser = new Browser(iam);
    const { status, headers, text } = await browser.logIn(await browser.open('/device'), username, secret);
    return { status, retryAfter: headers.get('retry-after'), text: text.replace(/_csrf" value="[^"]+/g, '') };
  };

  it('the page says how long to wait, ignores the password before, and then accepts it', async () => {
    for (let attempt = 0; attempt < 10; attempt++)
      expect((await page('test')).text).toContain('Invalid username');
    const early = await page('test', 'password');
    expect(early).toMatchObject({ status: 429, retryAfter: '30' });
    expect(early.text).toContain('role="alert">Too many wrong passwords. Try again in 30 seconds.</p>');
    later(29.5);
    expect(await page('test', 'password')).toMatchObject({ status: 429, retryAfter: '1' });
    later(0.5);
    expect((await page('test', 'password')).text).toContain('Signed in as <strong>test</strong>');
  });

  it('the token endpoint refuses, too, and counts together with the page', async () => {
    await fail('admin', 5);
    for (let attempt = 0; attempt < 5; attempt++) await page('admin');
    expect(await token('admin', 'password')).toEqual(braked(30));
    expect((await page('admin', 'password')).status).toBe(429);
    expect((await token('test', 'password'))[0]).toBe(200);
    later(30);
    expect((await token('admin', 'password'))[0]).toBe(200);
  });

  it('attempts that come too early do not make the wait longer', async () => {
    await fail('test', 10);
    later(20);
    for (let attempt = 0; attempt < 50; attempt++) expect(await token('test')).toEqual(braked(10));
    later(10);
    expect((await token('test', 'password'))[0]).toBe(200);
  });

  it('jeton-iam allows one attempt every 30 seconds, until a right password or for 15 minutes', async () => {
    await fail('test', 10);
    for (let attempt = 0; attempt < 3; attempt++) {
      later(30);
      await fail('test', 1);
      expect(await token('test', 'password')).toEqual(braked(30));
    }
    later(30);
    expect((await token('test', 'password'))[0]).toBe(200);
    await fail('test', 10);
    expect(await token('test')).toEqual(braked(30));
    later(900);
    await fail('test', 10);
  });

  it('an unknown username gets the same answers, apart from the username in its field', async () => {
    const known = [];
    const unknown = [];
    const answerFor = async (username: string) => {
      const answer = await page(username);
      return { ...answer, text: answer.text.replace(`name="username" value="${username}"`, '') };
    };
    for (let attempt = 0; attempt < 12; attempt++) {
      known.push(await answerFor('test'));
      unknown.push(await answerFor('nobody'));
    }
    expect(unknown).toEqual(known);
    expect(known.at(-1)?.status).toBe(429);
  });

  it('jeton-iam limits guesses at many usernames from one peer, too', async () => {
    for (let name = 0; name < 100; name++) await fail(`guess-${name}`, 1);
    expect(await token('test', 'password')).toEqual(braked(30));
    later(30);
    // A login with an account of the attacker does not reset the count.
    expect((await token('test', 'password'))[0]).toBe(200);
    await fail('guess-100', 1);
    expect(await token('guess-101')).toEqual(braked(30));
  });

  it('web pages that guess do not lock out the user of the browser that shows them', async () => {
    const fromPage = async (origin: string, secret: string) =>
      answerOf(
        await iam.post('/token', password('test', secret), {
          ...basic('password-grant', 'secret'),
          origin,
        }),
      );
    for (let attempt = 0; attempt < 10; attempt++) {
      expect(await fromPage(`https://evil-${attempt}.example`, 'wrong')).toEqual(wrong);
    }
    expect(await fromPage('https://another.example', 'password')).toEqual(braked(30));
    expect((await token('test', 'password'))[0]).toBe(200);
  });

  it('a clock that is put back does not make the wait longer', async () => {
    await fail('test', 10);
    iam.control.behave({ clock: -86_400 });
    expect((await token('test', 'password'))[0]).toBe(200);
    iam.control.behave();
  });
});

describe('a browser that has logged in', () => {
  const iam = testIam();

  it('stays logged in during an attack', async () => {
    const browser = new Browser(iam);
    await browser.logIn(await browser.open('/dashboard'));
    for (let attempt = 0; attempt < 11; attempt++) {
      await iam.post('/token', password('test', 'wrong'), basic('password-grant', 'secret'));
    }
    expect((await browser.open('/dashboard')).text).toContain('Signed in as <strong>test</strong>');
    const answer = await iam.post('/token', password('test', 'password'), basic('password-grant', 'secret'));
    expect((await json(answer)).error).toBe('invalid_grant');
  });
});
