/** Commands and answers that several pages share. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { PASSWORD } from '../../support/agent/accounts.ts';
import { root } from '../../support/documented.ts';
import type { Answer } from '../../support/user/shell.ts';

export const token = /^ey[\w-]+\.[\w-]+\.[\w-]*$/m;
export const encrypt: Answer[] = [
  [/Enter encryption password.*: $/, PASSWORD],
  [/Confirm encryption password: $/, PASSWORD],
];
export const decrypt: Answer = [/Enter decryption password.*: $/, PASSWORD];
export const passwords = { env: { OIDC_ENCRYPTION_PW: PASSWORD } };
export const issuer: Answer = [/Issuer \[.*\]: $/, 'http://localhost:8080/'];
export const scopes: Answer = [/Scopes or 'max'.*: $/, 'max'];
export const asksForAll = [issuer, scopes, ...encrypt];
/** What a user does with a browser. */
export const approve: Answer = [
  /visit:\n(http.*\/)device\S*\n[\s\S]*enter the code: (\S+)/,
  async ([, iam, code]) => {
    const body = JSON.stringify({ user: 'test', approve: true });
    const response = await fetch(`${iam}dev/device-codes/${code}`, { method: 'POST', body });
    expect(response.ok).toBe(true);
    return undefined;
  },
];
/** The browser of the reader, and the address at which it ended. */
export const browser = { lastAddress: '' };
export const approveElsewhere: Answer = [
  /of your choice:\n(http\S+)/,
  async ([, url = '']) => {
    browser.lastAddress = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
    return undefined;
  },
];
export const register =
  'eval "$(jeton register --issuer https://wlcg.cloud.cnaf.infn.it/ --scope max --env --out client.json)"';
export const generate =
  'oidc-gen -w device --iss=https://wlcg.cloud.cnaf.infn.it/ --scope=max --pw-env --prompt=none wlcg';
export const passwordClient =
  'export IAM_CLIENT_ID=password-grant IAM_CLIENT_SECRET=secret IAM_CLIENT_SCOPES=openid';

export const untilItListens = 'until curl -so iam.json http://localhost:8080/jwk; do :; done';

/** The first example in a language on a page. */
export function exampleOf(page: string, language: string): string {
  const text = readFileSync(join(root, page), 'utf8');
  return new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(text)?.[1] ?? '';
}
