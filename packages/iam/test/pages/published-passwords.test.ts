import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { Browser } from '../support/browser.ts';
import { testIam } from '../support/test-iam.ts';

describe('the passwords on the home page', () => {
  const usual = testIam();
  const reachable = testIam({ host: '0.0.0.0' });
  const configured = testIam(
    parseConfig('users: [{ username: alice, password: wonderland, email: a@iam.example }]', 'iam.yaml'),
  );

  it('are those of the test users, which are public anyway', async () => {
    const browser = new Browser(usual);
    expect((await browser.open('/')).text).toContain('<code>admin</code></td><td><code>password</code>');
    expect((await browser.open('/login')).text).toContain('Sign in as Test User');
  });

  it('are in buttons for test users, which lead on like a login', async () => {
    const browser = new Browser(usual);
    const page = await browser.open('/login?to=/dashboard');
    const [button = ''] = /<form(?:(?!<form).)*Sign in as Test User/s.exec(page.text) ?? [];
    const done = await browser.submit({ ...page, text: `<main>${button}</form>` }, {});
    expect(done.text).toContain('Signed in as <strong>test</strong>');
    expect(done.text).toContain('My clients');
  });

  it.each([
    ['a request through a proxy', { 'x-forwarded-for': '203.0.113.7' }, usual],
    ['a name that leads here (DNS rebinding)', { host: 'rebinding.example' }, usual],
    ['a browser of an instance that other machines can reach', {}, reachable],
  ])('are in no buttons for %s', async (_name, headers, iam) => {
    const { port } = new URL(iam.issuer);
    const page = await new Promise<string>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/login', headers }, (answer) => {
        void text(answer).then(resolve, reject);
      }).on('error', reject);
    });
    expect(page).toContain('Username');
    expect(page).not.toContain('Sign in as');
  });

  it('are never those of the configuration, and visitors without a login do not see its usernames', async () => {
    const browser = new Browser(configured);
    for (const path of ['/', '/login']) {
      const { text } = await browser.open(path);
      expect(text).not.toContain('wonderland');
      expect(text).not.toContain('alice');
      expect(text).not.toContain('Sign in as');
    }
    expect((await browser.logIn(await browser.open('/dashboard'), 'alice', 'wonderland')).text).toContain(
      'Signed in as <strong>alice</strong>',
    );
  });
});
