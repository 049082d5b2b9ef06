import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { get } from 'node:https';
import { connect } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverNames } from '../../src/http/self-signed.ts';
import { startIam } from '../../src/index.ts';
import { startServer } from '../../src/server.ts';
import { answerOf, basic, json, testIam } from '../support/test-iam.ts';

const lines: string[] = [];
const iam = testIam({ log: (line) => lines.push(line) });

describe('discovery', () => {
  it('has the members of IAM, and an issuer with a slash', async () => {
    const document = await json(await iam.fetch('/.well-known/openid-configuration'));
    expect(document.issuer).toMatch(/^http:\/\/localhost:\d+\/$/);
    expect(document).toMatchObject({
      device_authorization_endpoint: `${iam.issuer}devicecode`,
      registration_endpoint: `${iam.issuer}iam/api/client-registration`,
      jwks_uri: `${iam.issuer}jwk`,
      response_types_supported: ['code', 'token'],
      code_challenge_methods_supported: ['plain', 'S256'],
      token_endpoint_auth_methods_supported: expect.arrayContaining(['client_secret_basic', 'none']),
      grant_types_supported: expect.arrayContaining([
        'password',
        'urn:ietf:params:oauth:grant-type:device_code',
      ]),
    });
    expect(document).not.toHaveProperty('end_session_endpoint');
    expect(JSON.stringify(document)).not.toMatch(/scim:|iam:admin|[^:]\/\//);
  });

  it('has the issuer of the options, and adds the slash', async () => {
    const own = await startServer({ issuer: 'https://iam.example' });
    try {
      const response = await fetch(`http://localhost:${own.port}/.well-known/openid-configuration`);
      expect(await json(response)).toMatchObject({
        issuer: 'https://iam.example/',
        token_endpoint: 'https://iam.example/token',
      });
    } finally {
      await own.close();
    }
  });

  it('lists one public key and nothing private', async () => {
    const response = await iam.fetch('/jwk');
    expect(response.headers.get('cache-control')).toBe('max-age=21600, must-revalidate, no-transform');
    const { keys } = await json(response);
    expect(keys).toEqual([{ kty: 'RSA', kid: 'rsa1', e: 'AQAB', n: expect.any(String) }]);
  });
});

describe('the server', () => {
  it.each(['127.0.0.1', '[::1]', 'localhost'])('answers at %s', async (host) => {
    const response = await fetch(`http://${host}:${iam.port}/`);
    expect(await response.text()).toContain('Not for production.');
  });

  it('has 404 for unknown paths and 405 for wrong methods', async () => {
    expect((await iam.fetch('/nowhere')).status).toBe(404);
    expect((await iam.fetch('/register')).status).toBe(404);
    expect((await iam.fetch('/.well-known/oauth-authorization-server')).status).toBe(404);
    expect((await iam.fetch('/iam/api/client-registration/')).status).toBe(404);
    for (const [method, path] of [
      ['GET', '/token'],
      ['GET', '/devicecode'],
      ['DELETE', '/revoke'],
      ['POST', '/jwk'],
      ['POST', '/authorize'],
    ] as const) {
      expect(await answerOf(await iam.fetch(path, { method }))).toEqual([
        405,
        { error: 'method_not_allowed', error_description: `Request method '${method}' not supported` },
      ]);
    }
  });

  it('answers HEAD and OPTIONS', async () => {
    const head = await iam.fetch('/.well-known/openid-configuration', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await iam.fetch('/token', { method: 'OPTIONS' })).status).toBeLessThan(300);
  });

  it.each(['/token', '/jwk', '/iam/api/client-registration', '/userinfo', '/devicecode', '/introspect'])(
    'lets scripts of other origins use %s',
    async (path) => {
      const headers = {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      };
      const preflight = await iam.fetch(path, { method: 'OPTIONS', headers });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
      expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization');
    },
  );

  it('refuses bodies over 64 KiB', async () => {
    const large = 'x'.repeat(64 * 1024 + 1);
    for (const path of ['/token', '/devicecode', '/iam/api/client-registration', '/login']) {
      expect((await iam.post(path, large)).status).toBe(413);
    }
    expect((await iam.post('/token', 'x'.repeat(50_000))).status).toBe(401);
  });

  it.each<[string, string]>([
    ['/token', 'grant_type=%E0%A4%A&%%%=%zz'],
    ['/token', '\0\xff\xfe'],
    ['/devicecode', 'client_id=%00%zz'],
    ['/introspect', '%'],
    ['/revoke', '&&&=='],
    ['/login', '%'],
  ])('handles a malformed body on %s', async (path, body) => {
    const response = await iam.post(path, body, basic('client-cred', 'secret'));
    expect(response.status).toBeGreaterThanOrEqual(200);
    expect(response.status).toBeLessThan(500);
    expect(await response.text()).not.toMatch(/ {4}at |node_modules/);
  });

  it.each([
    '/%zz',
    '/iam/api/client-registration/%zz',
    '/device?user_code=%zz',
    '/authorize?%zz',
    '/login?to=//evil',
    '/login?to=/a&to=/b',
  ])('handles the path %s', async (path) => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ port: iam.port, host: '127.0.0.1', path }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBeLessThan(500);
  });

  it.each([
    'Basic',
    'Basic ###',
    'Basic Og==',
    'Basic bm8tY29sb24=',
    'Bearer x',
    `Basic ${'A'.repeat(5000)}`,
  ])('handles the credentials "%s"', async (authorization) => {
    expect((await iam.post('/token', { grant_type: 'x' }, { authorization })).status).toBe(401);
  });

  it('logs no error if a client disconnects during a request', async () => {
    lines.length = 0;
    const socket = connect(iam.port, '127.0.0.1');
    socket.end('POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na=');
    socket.resume();
    await expect.poll(() => lines.at(-1)).toMatch(/^POST \/token /);
    expect(lines).toEqual(['POST /token 400']);
  });

  it('logs paths without queries and bodies', async () => {
    lines.length = 0;
    await iam.fetch('/device?user_code=SECRET');
    await iam.post('/token?x=SECRET', { client_id: 'SECRET', client_secret: 'SECRET' });
    expect(lines).toEqual(['GET /device 303', 'POST /token 401']);
  });

  it('says that it serves, whatever the rules are, and does not log the question', async () => {
    iam.control.behave({ rules: [{ status: 503 }] });
    iam.control.clearRequests();
    const health = await iam.fetch('/actuator/health');
    expect(await answerOf(health)).toEqual([200, { status: 'UP' }]);
    expect((await iam.fetch('/jwk')).status).toBe(503);
    expect(iam.control.requests.map(({ path }) => path)).toEqual(['/jwk']);
    iam.control.behave();
  });

  it('lists the users if it is to approve in the name of an unknown user', async () => {
    await expect(startServer({ autoApprove: 'nobody' })).rejects.toThrow(
      "no user 'nobody'; the users are: test, admin",
    );
  });

  it('does not start on a port in use', async () => {
    await expect(startServer({ port: iam.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('stops at once, even in the middle of a request', async () => {
    const ending = await startServer();
    const socket = connect(ending.port, '127.0.0.1');
    // Both requests arrive together, so the answer to the first shows that the half of the second has arrived, too.
    const first = 'GET /jwk HTTP/1.1\r\nHost: localhost\r\n\r\n';
    socket.write(`${first}POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\ngrant`);
    await once(socket, 'data');
    const closed = new Promise((resolve) => socket.once('close', resolve).once('error', resolve).resume());
    await ending.close();
    await closed;
    await (await startServer({ port: ending.port })).close();
  });
});

it('makes a certificate with all names by which clients may reach it', async () => {
  await using secure = await startIam({ tls: 'self-signed', issuer: 'https://iam.example:8443/' });
  const certificate = new X509Certificate(secure.certificate ?? '');
  expect(certificate.subjectAltName).toBe(
    'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:iam.example',
  );
  expect([certificate.ca, certificate.verify(certificate.publicKey)]).toEqual([false, true]);
  const status = (host: string, ca?: string) =>
    new Promise((resolve, reject) => {
      const url = `https://${host}:${secure.port}/actuator/health`;
      get(url, { ca }, (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    expect(await status(host, secure.certificate)).toBe(200);
  }
  await expect(status('localhost')).rejects.toThrow('self-signed certificate');
  expect(serverNames('0.0.0.0')).toEqual(['localhost', '127.0.0.1', '::1', hostname()]);
  expect(serverNames('192.0.2.1', 'https://[2001:db8::1]/').slice(3)).toEqual(['192.0.2.1', '2001:db8::1']);
});

describe.skipIf(!existsSync('/usr/bin/openssl'))('with a certificate', () => {
  it('serves https to clients that trust its certificate', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tls-'));
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const files = ['-nodes', '-keyout', keyFile, '-out', certFile];
    execFileSync(
      '/usr/bin/openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-days', '2', ...files, ...subject],
      {
        stdio: 'ignore',
      },
    );
    const [cert, key] = [await readFile(certFile, 'utf8'), await readFile(keyFile, 'utf8')];
    await rm(folder, { recursive: true });
    const secure = await startServer({ tls: { cert, key } });
    const status = await new Promise((resolve, reject) => {
      get(`${secure.issuer}jwk`, { ca: cert }, (response) => resolve(response.resume().statusCode)).on(
        'error',
        reject,
      );
    });
    expect(secure.issuer).toBe(`https://localhost:${secure.port}/`);
    expect(status).toBe(200);
    await expect(fetch(`${secure.issuer}jwk`)).rejects.toThrow();
    await secure.close();
  });
});
