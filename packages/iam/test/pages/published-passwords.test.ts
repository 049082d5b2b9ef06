import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { Browser } from '../support/browser.ts';
import { testIam } from '../support/test-iam.ts';

describe('the passwords on the home page', () => {
  const usual = testIam();
  const configured = testIam(
    parseConfig('users: [{ username: alice, password: wonderland, email: a@iam.example }]', 'iam.yaml'),
  );

  it('are those of the test users, which are public anyway', async () => {
    const browser = new Browser(usual);
    expect((await browser.open('/')).text).toContain('<code>admin</code></td><td><code>password</code>');
    expect((await browser.open('/login')).text).toContain('The test users are');
  });

  it('are never those of the configuration, and visitors without a login do not see its usernames', async () => {
    const browser = new Browser(configured);
    for (const path of ['/', '/login']) {
      const { text } = await browser.open(path);
      expect(text).not.toContain('wonderland');
      expect(text).not.toContain('alice');
      expect(text).not.toContain('passwords</a>');
    }
    expect((await browser.logIn(await browser.open('/dashboard'), 'alice', 'wonderland')).text).toContain(
      'Signed in as <strong>alice</strong>',
    );
  });
});
