import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificates } from '../../../../test/certificates.ts';
import { scriptedIssuer } from '../../../../test/scripted-issuer.ts';
import { send } from '../http.ts';

/** An issuer whose certificate only `certPath` makes trusted. Each bundle that is parsed has connections of its own. */
async function certified() {
  const { certPath, tls } = makeCertificates();
  const ports = new Set<number | undefined>();
  const { url } = await scriptedIssuer(
    {
      '/': (_request, response) => {
        ports.add(response.socket?.remotePort);
        response.end('secure');
      },
    },
    tls,
  );
  const get = async (path: string) =>
    await (await send(`${url}/`, { method: 'GET', headers: {} }, { issuer: url, certPath: path })).text();
  const folder = dirname(certPath);
  return { certPath, folder, ports, get };
}

test('a certificate file is parsed once, also if it has several names', async () => {
  const { certPath, folder, ports, get } = await certified();
  const names = Array.from(
    { length: 50 },
    (_, count) => `${folder}/${'./'.repeat(count)}${basename(certPath)}`,
  );
  const link = join(folder, 'link.pem');
  symlinkSync(certPath, link);
  for (const name of [...names, link]) expect(await get(name)).toBe('secure');
  expect(ports.size).toBe(1);
});

test('of many certificate files the recently used ones are kept', async () => {
  const { certPath, folder, ports, get } = await certified();
  const copies = Array.from({ length: 16 }, (_, count) => join(folder, `${count}.pem`));
  for (const copy of copies) {
    copyFileSync(certPath, copy);
    expect(await get(copy)).toBe('secure');
  }
  await get(copies[0] ?? '');
  expect(ports.size).toBe(16);
  // The seventeenth takes the place of the one that was not used for longest: the second.
  await get(certPath);
  await get(copies[0] ?? '');
  expect(ports.size).toBe(17);
  await get(copies[1] ?? '');
  expect(ports.size).toBe(18);
});

test('a folder of certificates as at grid sites is trusted, and refused as long as it has none', async () => {
  const { certPath, folder, get } = await certified();
  const grid = join(folder, 'certificates');
  mkdirSync(grid);
  writeFileSync(join(grid, '1a2b3c4d.r0'), 'a revocation list');
  writeFileSync(join(grid, '1a2b3c4d.signing_policy'), 'access_id_CA');
  await expect(get(grid)).rejects.toMatchObject({
    message: `error with ssl cert: cannot read the certificates in ${grid}: no file in it has a certificate and a name like 1a2b3c4d.0`,
    hints: [`give its files such names: openssl rehash ${grid}`, expect.stringContaining('--cp')],
    sent: false,
  });
  copyFileSync(certPath, join(grid, 'CA.pem'));
  symlinkSync('CA.pem', join(grid, '1a2b3c4d.0'));
  expect(await get(grid)).toBe('secure');
});

test('a file that holds no certificates is refused at once, with its path and the reason', async () => {
  const { certPath, get } = await certified();
  const refusal = async () => await get(certPath).catch((error: unknown) => error);
  const refused = (why: string) => ({
    message: `error with ssl cert: cannot read the certificates in ${certPath}: '${certPath}' ${why}`,
    sent: false,
  });
  truncateSync(certPath, 2 ** 40);
  expect(await refusal()).toMatchObject(refused('is larger than 16384 KiB'));
  rmSync(certPath);
  execFileSync('mkfifo', [certPath]);
  expect(await refusal()).toMatchObject(refused('is not a regular file'));
  rmSync(certPath);
  symlinkSync('/dev/zero', certPath);
  expect(await refusal()).toMatchObject(refused('is not a regular file'));
});
