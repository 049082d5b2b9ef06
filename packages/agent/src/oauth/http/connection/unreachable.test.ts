import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeCertificates } from '../../../../test/certificates.ts';
import { listen, scriptedIssuer } from '../../../../test/scripted-issuer.ts';
import { send } from '../http.ts';
import { describeFailure } from './unreachable.ts';

afterEach(() => void vi.unstubAllEnvs());

const get = async (url: string, certPath?: string) =>
  await (await send(`${url}/`, { method: 'GET', headers: {} }, { issuer: url, certPath })).text();

describe('the error for a server that refuses the TLS of this computer names the reason', () => {
  test('a server with TLS 1.1 only', async () => {
    const { certPath, tls } = makeCertificates();
    const old = { ...tls, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
    const port = await listen(createTlsServer(old));
    await expect(get(`https://localhost:${port}`, certPath)).rejects.toMatchObject({
      message: `could not connect to url: localhost:${port}: the server does not support TLS 1.2 or newer`,
      hints: [expect.stringContaining('enable TLS 1.2')],
    });
  });

  test('a server that requires a client certificate, with TLS 1.2', async () => {
    const { certPath } = makeCertificates();
    const args = [
      '-Verify',
      '1',
      '-tls1_2',
      '-cert',
      'server.pem',
      '-key',
      'server.key',
      '-accept',
      '127.0.0.1:0',
    ];
    const server = spawn('openssl', ['s_server', ...args], { cwd: dirname(certPath) });
    onTestFinished(() => void server.kill());
    for await (const line of createInterface({ input: server.stdout })) {
      const [, port] = /^ACCEPT .*:(\d+)$/.exec(line) ?? [];
      if (port === undefined) continue;
      server.stdout.resume();
      await expect(get(`https://localhost:${port}`, certPath)).rejects.toMatchObject({
        reason: 'the server refused the TLS connection',
        hints: [expect.stringContaining('client certificate')],
      });
      return;
    }
    throw new Error('openssl s_server does not start');
  });

  test('a server that requires a client certificate, with TLS 1.3', () => {
    // A server that closes before it has read the request may take its alert back, so none is asked here.
    const alert = Object.assign(new Error('alert'), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
    expect(describeFailure(alert)).toMatchObject({
      reason: 'the server requires a client certificate',
      hints: [expect.stringContaining('ask its administrator')],
    });
  });
});

describe('certificates', () => {
  test('in DER are an error with the command that converts them to PEM', async () => {
    const { certPath } = makeCertificates();
    const file = join(dirname(certPath), 'ca.der');
    execFileSync('openssl', ['x509', '-in', certPath, '-outform', 'der', '-out', file]);
    await expect(get('https://localhost:1', file)).rejects.toMatchObject({
      message: `error with ssl cert: cannot read the certificates in ${file}: it is in DER`,
      hints: [expect.stringContaining('openssl x509 -inform der'), expect.stringContaining('--cp FILE')],
    });
  });

  test('missing in a file are an error', async () => {
    const { certPath } = makeCertificates();
    writeFileSync(certPath, 'a note');
    await expect(get('https://localhost:1', certPath)).rejects.toThrow('there is no certificate in it');
  });

  test('of SSL_CERT_FILE replace those of the system, and those of SSL_CERT_DIR add to them', async () => {
    const [inFile, inFolder] = [makeCertificates(), makeCertificates()];
    const [one, other] = await Promise.all(
      [inFile, inFolder].map(({ tls }) => scriptedIssuer({ '/': { text: 'secure' } }, tls)),
    );
    const folder = join(dirname(inFolder.certPath), 'authorities');
    mkdirSync(folder);
    copyFileSync(inFolder.certPath, join(folder, 'ca.pem'));
    vi.stubEnv('SSL_CERT_FILE', inFile.certPath);
    vi.stubEnv('SSL_CERT_DIR', folder);
    expect(await get(one?.url ?? '')).toBe('secure');
    // OpenSSL finds no file that has not the name of c_rehash.
    await expect(get(other?.url ?? '')).rejects.toThrow('unknown authority');
    execFileSync('openssl', ['rehash', folder]);
    writeFileSync(join(folder, '00000000.0'), 'a note');
    symlinkSync('/nowhere/ca.pem', join(folder, '00000000.1'));
    vi.stubEnv('SSL_CERT_DIR', `/nowhere:${folder}`);
    expect(await get(other?.url ?? '')).toBe('secure');
    vi.stubEnv('SSL_CERT_FILE', '/nowhere/ca.pem');
    await expect(get(one?.url ?? '')).rejects.toThrow(
      'cannot read the certificates in /nowhere/ca.pem: no such file or directory (ENOENT)',
    );
  });
});

describe('the error names the proxy, and not the issuer behind it,', () => {
  const through = async (proxy: string) => {
    vi.stubEnv('https_proxy', `http://${proxy}`);
    // Connections with this bundle are new ones, which read the environment.
    return await get('https://issuer.example', makeCertificates().certPath);
  };

  test('if the proxy is unreachable', async () => {
    await expect(through('127.0.0.1:1')).rejects.toMatchObject({
      message: 'could not connect to url: issuer.example: the proxy 127.0.0.1:1: connection refused',
      hints: [expect.stringContaining('https_proxy')],
      sent: false,
    });
  });

  test('if the proxy refuses the connection', async () => {
    const answer = 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n';
    const port = await listen(createServer((socket) => socket.once('data', () => socket.end(answer))));
    await expect(through(`127.0.0.1:${port}`)).rejects.toMatchObject({
      reason: 'the proxy refuses the connection (HTTP status 407)',
      hints: [expect.stringContaining('https_proxy')],
      sent: false,
    });
  });
});
