/**
 * A tour through every page of a jeton-iam with its test users: what a user and an administrator see, mistakes included. The screenshots and
 * the test of accessibility take the same tour.
 */

/** @typedef {import('playwright-core').Page} Page */

const CLIENT = 'public-dc-client';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const REDIRECT = 'http://localhost:9876/callback';

/**
 * @param {Page} page of a browser without a login; it ends signed in as the administrator
 * @param {string} issuer with the slash at its end
 * @returns {AsyncGenerator<string, void, void>} the name of each page when the browser shows it
 */
export async function* tour(page, issuer) {
  /** @param {string} path */
  const open = (path) => page.goto(`${issuer}${path}`);
  /** @param {string} name */
  const press = (name) => page.getByRole('button', { name, exact: true }).click();

  await open('');
  yield 'start';
  await open('device');
  yield 'sign-in';
  await page.getByLabel('Username').fill('test');
  await page.getByLabel('Password').fill('wrong');
  await press('Sign in');
  await page.getByRole('alert').waitFor();
  yield 'wrong-password';
  await press('Sign in as Test User');
  await page.getByLabel('Code on your device').waitFor();
  yield 'code';
  await page.getByLabel('Code on your device').fill('ABCD');
  await press('Submit');
  await page.getByRole('alert').waitFor();
  yield 'wrong-code';

  const few = await requestCode(issuer, 'openid offline_access storage.read:/ compute.create');
  await page.goto(few.url);
  yield 'approval';
  await press('Deny');
  await page.getByRole('heading', { name: 'has not been approved' }).waitFor();
  yield 'denied';
  const max = await requestCode(issuer, '');
  await page.goto(max.url);
  yield 'approval-of-everything';
  for (const summary of await page.locator('summary').all()) await summary.click();
  yield 'approval-unfolded';
  await page.getByLabel('until I revoke it').check();
  await press('Authorize');
  await page.getByRole('heading', { name: 'has been approved' }).waitFor();
  yield 'approved';
  const grant = { grant_type: DEVICE_GRANT, device_code: max.deviceCode, client_id: CLIENT };
  const refresh_token = String((await post(`${issuer}token`, grant)).refresh_token);
  await post(`${issuer}token`, { grant_type: 'refresh_token', refresh_token, client_id: CLIENT });
  const query = new URLSearchParams({ client_id: 'client', response_type: 'code', redirect_uri: REDIRECT });
  await open(`authorize?${query}&scope=openid+profile+storage.modify:/data&state=x`);
  yield 'consent';

  await open('dashboard');
  await page.locator('#tokens summary').first().click();
  yield 'dashboard';
  await open('admin');
  yield 'not-an-administrator';
  await page.getByRole('link', { name: 'Sign in as an administrator' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  yield 'sign-in-as-administrator';
  await press('Sign in as Admin User');
  await page.getByRole('heading', { name: 'Administration' }).waitFor();
  await page.locator('summary', { hasText: 'Test client' }).click();
  yield 'admin-clients';
  await open('admin/clients/client');
  yield 'admin-configuration';
  await open('admin/tokens');
  await page.locator('main summary').first().click();
  yield 'admin-tokens';
  await open('admin/requests?q=token');
  yield 'admin-requests';
  await open('admin/users');
  yield 'admin-users';
  await open('iam/aup/sign');
  yield 'acceptable-use-policy';

  await open('authorize?client_id=forgotten&response_type=code');
  yield 'unknown-client';
  await open(`authorize?client_id=client&response_type=code&redirect_uri=${REDIRECT}-other`);
  yield 'wrong-redirect-uri';
  await open('nowhere');
  yield 'no-such-page';
  await open('token');
  yield 'for-programs';
}

/**
 * @param {string} issuer
 * @param {string} scope
 */
async function requestCode(issuer, scope) {
  const answer = await post(`${issuer}devicecode`, { client_id: CLIENT, scope });
  return { url: String(answer.verification_uri_complete), deviceCode: String(answer.device_code) };
}

/**
 * @param {string} url
 * @param {Record<string, string>} form
 * @returns {Promise<Record<string, unknown>>} the members of the answer
 */
async function post(url, form) {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  return Object.fromEntries(Object.entries(Object(await answer.json())));
}
