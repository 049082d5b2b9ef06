/** The pages of the built jeton-iam in a browser: everyone can read and use them, on any screen, with or without a mouse. */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tour } from '../../scripts/pictures/iam-tour.js';
import { hasChromium } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIam } from '../support/servers/iam.ts';
import { startBrowser } from '../support/user/browser.ts';

const SCREEN = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

/** The violations that axe finds on a page, each as its rule with the elements concerned. `rules` are all by default. */
async function violationsOn(page: Page, rules?: readonly string[]): Promise<unknown> {
  await page.evaluate(axe.source);
  const options = rules === undefined ? {} : { runOnly: rules };
  return page.evaluate(`axe.run(${JSON.stringify(options)}).then(({ violations }) => violations.map(
    ({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary).join('; ')))`);
}

describe.skipIf(!hasChromium)('the pages of jeton-iam (needs chromium)', () => {
  const sandbox = new Sandbox();
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(sandbox);
  });
  afterAll(() => sandbox.close());

  it('have no violation of axe, in light, in dark and on a phone, whose width they fit', async () => {
    const { issuer } = await startIam(sandbox, []);
    const page = await browser.newPage({ viewport: SCREEN });
    for await (const name of tour(page, issuer)) {
      expect(await violationsOn(page), name).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await violationsOn(page, ['color-contrast']), `${name} in dark`).toEqual([]);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize(PHONE);
      expect(await violationsOn(page), `${name} on a phone`).toEqual([]);
      const surplus = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(surplus, `${name} is too wide for a phone`).toBe(0);
      await page.setViewportSize(SCREEN);
    }
    await page.close();
  });

  it('need no scripts, load nothing, and keep the buttons of an approval in sight', async () => {
    const { issuer } = await startIam(sandbox, []);
    const page = await browser.newPage({ viewport: PHONE, javaScriptEnabled: false });
    const complaints: string[] = [];
    page.on('console', (message) => {
      // Chromium names each error page so.
      if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text());
    });
    page.on('request', (request) => {
      const isPage = request.resourceType() === 'document' || request.url().startsWith('data:');
      if (!isPage) complaints.push(`loads ${request.url()}`);
    });
    for await (const name of tour(page, issuer)) {
      if (name.startsWith('approval')) await expectInSight(page, 'Authorize');
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('lead a user with only a keyboard from the login to an approved device', async () => {
    const { issuer } = await startIam(sandbox, []);
    const page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
    const form = { client_id: 'public-dc-client' };
    const answer = await fetch(`${issuer}devicecode`, { method: 'POST', body: new URLSearchParams(form) });
    await page.goto(JSON.parse(await answer.text()).verification_uri_complete);
    await page.keyboard.type('test');
    await tabTo(page, 'Password');
    await page.keyboard.type('password');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Approval Required' }).waitFor();
    await tabTo(page, 'Identity10');
    await page.keyboard.press('Enter');
    await page.getByText('Your postal address', { exact: false }).last().waitFor();
    await tabTo(page, 'prompt me again next time');
    await page.keyboard.press('ArrowUp');
    expect(await page.getByLabel('for one hour').isChecked()).toBe(true);
    await tabTo(page, 'Authorize');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'The device has been approved.' }).waitFor();
    await tabTo(page, 'your dashboard');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'My remembered decisions' }).waitFor();
    await tabTo(page, 'Revoke the decision about Public device code client');
    await page.close();
  });
});

/** Presses Tab until the element with this name has the focus, and checks that the user sees each focus on the way. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    const focus: unknown = await page.evaluate(`(() => {
      const element = document.activeElement;
      const { left, top, right, bottom } = element.getBoundingClientRect();
      const inFront = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return {
        name: element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.querySelector('strong')?.parentElement.innerText.split('\\n')[0] ?? element.textContent,
        outline: getComputedStyle(element).outlineStyle,
        isCovered: element !== document.body && !(element.contains(inFront) || inFront?.contains(element)),
      };
    })()`);
    expect(focus).toMatchObject({ outline: 'solid', isCovered: false });
    if (typeof focus === 'object' && focus !== null && 'name' in focus && focus.name === name) return;
  }
  throw new Error(`Tab does not lead to '${name}'`);
}

async function expectInSight(page: Page, button: string): Promise<void> {
  const box = await page.getByRole('button', { name: button, exact: true }).boundingBox();
  const height = page.viewportSize()?.height ?? 0;
  expect((box?.y ?? Number.POSITIVE_INFINITY) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
}
