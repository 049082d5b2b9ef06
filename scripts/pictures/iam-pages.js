/**
 * Part of `npm run pictures`: takes the screenshots of the pages of jeton-iam for the documentation, from a real one, with Debian's Chromium.
 * With a folder as its argument, it writes there every page as a PNG, on a screen, on a phone and in dark, to be looked at.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { tour } from './iam-tour.js';

const root = resolve(import.meta.dirname, '../..');
const images = join(root, 'docs/images');

const LOOKS = {
  screen: { viewport: { width: 1000, height: 800 } },
  dark: { viewport: { width: 1000, height: 800 }, colorScheme: /** @type {const} */ ('dark') },
  phone: { viewport: { width: 390, height: 780 } },
};

/** The pictures of the documentation: the pages that a user sees first, each in one look. */
const SHOWN = new Map([
  ['start', 'screen'],
  ['sign-in', 'screen'],
  ['approval-of-everything', 'screen'],
  ['approved', 'phone'],
  ['wrong-code', 'phone'],
  ['dashboard', 'dark'],
  ['admin-clients', 'screen'],
  ['admin-requests', 'screen'],
  ['wrong-redirect-uri', 'screen'],
]);

const everything = process.argv[2];
mkdirSync(everything ?? images, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
try {
  for (const [look, options] of Object.entries(LOOKS)) await takePictures(look, options);
} finally {
  await browser.close();
}

/**
 * @param {string} look
 * @param {import('playwright-core').BrowserContextOptions} options
 */
async function takePictures(look, options) {
  // A new one for each look, as a jeton-iam remembers what its users have decided.
  const program = join(root, 'packages/iam/dist/jeton-iam.js');
  const iam = spawn(process.execPath, [program, '--port', '8080'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    for await (const name of tour(page, await issuerOf(iam))) {
      if (everything !== undefined) await page.screenshot({ path: join(everything, `${name}-${look}.png`) });
      else if (SHOWN.get(name) === look) await saveWebp(page, join(images, `iam-${name}.webp`));
    }
  } finally {
    await context.close();
    if (iam.exitCode === null) {
      iam.kill();
      await once(iam, 'exit');
    }
  }
}

/** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, null>} program */
async function issuerOf(program) {
  let output = '';
  for await (const data of program.stdout.iterator({ destroyOnReturn: false })) {
    output += data;
    const [issuer] = /http\S+/.exec(output) ?? [];
    if (issuer !== undefined) return issuer;
  }
  throw new Error('jeton-iam ended before it was ready');
}

/**
 * Playwright writes PNG and JPEG only; a WebP of such a page has a third of the size of a PNG.
 * @param {import('playwright-core').Page} page
 * @param {string} path
 */
async function saveWebp(page, path) {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 90 });
  writeFileSync(path, Buffer.from(data, 'base64'));
}
