import { type Browser, chromium as playwright } from 'playwright-core';
import { chromium } from '../computer/programs.ts';
import type { Sandbox } from '../computer/sandbox.ts';

/** A headless Chromium that sends no requests to the internet; it ends with the sandbox. */
export async function startBrowser(sandbox: Sandbox): Promise<Browser> {
  const browser = await playwright.launch({
    executablePath: chromium,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  sandbox.onClose(() => browser.close());
  return browser;
}

/** Does what a user does with a device code: goes to the page, signs in, enters the code, approves or denies. */
export async function answerDeviceCode(
  browser: Browser,
  {
    url,
    userCode,
    username = 'test',
    answer = 'Authorize',
  }: { url: string; userCode: string; username?: string; answer?: 'Authorize' | 'Deny' },
): Promise<string> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill('password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('[name=user_code]').fill(userCode);
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('button', { name: answer, exact: true }).click();
  await page.waitForLoadState();
  const text = (await page.locator('body').textContent()) ?? '';
  await context.close();
  return text;
}
