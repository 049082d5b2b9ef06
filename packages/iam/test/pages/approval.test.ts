import { describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { json, testIam } from '../support/test-iam.ts';

const iam = testIam();

async function requestOf(scope: string, more: Record<string, string> = {}) {
  const form = { client_id: 'public-dc-client', scope, ...more };
  const code = await json(await iam.post('/devicecode', form));
  const userCode = String(code.user_code);
  const browser = new Browser(iam);
  const page = await browser.logIn(await browser.open(`/device?user_code=${userCode}`));
  return { browser, page, userCode };
}

/** The groups of scopes on a page: name, number of scopes, whether it is unfolded, and the description of each scope. */
function groupsOf(text: string) {
  return [...text.matchAll(/<details( open)?>\s*<summary><strong>(.*?)<\/details>/gs)].map(
    ([, open, content = '']) => ({
      name: content.slice(0, content.indexOf('<')),
      count: Number(/class="badge">(\d+)/.exec(content)?.[1]),
      isOpen: open !== undefined,
      texts: [...content.matchAll(/<li>(.*?)<code>/g)].map(([, description]) => description),
    }),
  );
}

describe('the approval page', () => {
  it('groups the scopes, and shows those of a short request', async () => {
    const { page } = await requestOf('openid storage.read:/ compute.read offline_access');
    expect(groupsOf(page.text)).toEqual([
      { name: 'Identity', count: 1, isOpen: true, texts: ['Log you in'] },
      { name: 'Storage', count: 1, isOpen: true, texts: ['Read files in storage'] },
      { name: 'Compute', count: 1, isOpen: true, texts: ['See compute jobs'] },
      { name: 'Other', count: 1, isOpen: true, texts: ['Act for you while you are away'] },
    ]);
  });

  it('folds the groups of a request for everything, and describes no two scopes alike', async () => {
    const { page } = await requestOf('');
    const groups = groupsOf(page.text);
    expect(groups.map(({ name, isOpen }) => [name, isOpen])).toEqual(
      ['Identity', 'Storage', 'Compute', 'Other'].map((name) => [name, false]),
    );
    const texts = groups.flatMap((group) => group.texts);
    expect(texts).toHaveLength(groups.reduce((sum, { count }) => sum + count, 0));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('names the paths and groups of scopes that have some', async () => {
    const { page } = await requestOf('storage.read:/a storage.read:/b wlcg.groups:/Pilots');
    expect(groupsOf(page.text).flatMap(({ texts }) => texts)).toEqual([
      'Your groups: /Pilots',
      'Read files in storage: /a',
      'Read files in storage: /b',
    ]);
  });

  it('says for how long the client gets access', async () => {
    expect((await requestOf('openid')).page.text).toContain('1 hour. After that it has to ask you again.');
    expect((await requestOf('openid offline_access')).page.text).toContain('30 days, or until you revoke it');
  });

  it.each([
    ['true', 'The device has been approved.'],
    ['false', 'The device has not been approved.'],
  ])('after user_oauth_approval=%s sends the user back to the terminal', async (answer, text) => {
    const { browser, page } = await requestOf('openid');
    const done = await browser.submit(page, { user_oauth_approval: answer });
    expect(done.text).toContain(`<h1>${text}</h1>`);
    expect(done.text).toContain('Go back to your terminal');
  });
});

describe('the page for the code', () => {
  it.each([
    ['in lower case', (code: string) => code.toLowerCase()],
    ['with a dash in the middle', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
    ['with spaces', (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)} `],
    ['without the dashes that it may have', (code: string) => code.replace(/[-_]/g, '')],
  ])('takes a code %s', async (_how, type) => {
    const { browser, userCode } = await requestOf('openid');
    const page = await browser.submit(await browser.open('/device'), { user_code: type(userCode) });
    expect(page.text).toContain(`<strong class="usercode">${userCode}</strong>`);
  });

  it.each([
    ['AB-CD', 'Codes have 6 characters, and this one has 5.'],
    ['ABCDEFGH', 'Codes have 6 characters, and this one has 8.'],
    ['ABCDE"', ''],
  ])('keeps the wrong code %s, and says what is wrong', async (typed, problem) => {
    const { browser } = await requestOf('openid');
    const page = await browser.submit(await browser.open('/device'), { user_code: typed });
    expect(page.text).toContain(`This code was not found. Check what your device shows. ${problem}`);
    expect(page.text).toContain(`class="code" value="${typed.replace('"', '&#34;')}"`);
  });
});
