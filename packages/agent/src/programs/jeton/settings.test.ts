import { describe, expect, it } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { ProgramError } from '../../terminal/run.ts';
import { Settings } from './settings.ts';

const DEVICE_FIRST = ['IAM_DEVICE_CODE_CLIENT', 'IAM_CLIENT'] as const;

/** An issuer whose discovery document works. */
async function discoverable() {
  const script: Record<string, Answer> = {
    '/.well-known/openid-configuration': (_request, response) => {
      response.end(JSON.stringify(issuer.metadata));
    },
  };
  const issuer = await scriptedIssuer(script);
  return issuer;
}

describe('the client', () => {
  const both = {
    IAM_DEVICE_CODE_CLIENT_ID: 'device',
    IAM_DEVICE_CODE_CLIENT_SECRET: 'device secret',
    IAM_CLIENT_ID: 'shared',
    IAM_CLIENT_SECRET: 'shared secret',
  };

  it('comes from the first set of variables that names one, with the secret of that set', () => {
    const client = new Settings({}, both).client(DEVICE_FIRST);
    expect([client.clientId, client.clientSecret?.reveal()]).toEqual(['device', 'device secret']);
    const other = new Settings({}, both).client(['IAM_CLIENT']);
    expect([other.clientId, other.clientSecret?.reveal()]).toEqual(['shared', 'shared secret']);
  });

  it('never gets the secret of another one', () => {
    const env = { ...both, IAM_DEVICE_CODE_CLIENT_SECRET: '' };
    expect(new Settings({}, env).client(DEVICE_FIRST)).toMatchObject({ clientId: 'device', method: 'none' });
  });

  it('comes from an option before any variable', () => {
    const client = new Settings({ 'client-id': 'named' }, both).client(['IAM_CLIENT']);
    expect([client.clientId, client.clientSecret?.reveal()]).toEqual(['named', 'shared secret']);
  });

  it('is public without a secret', () => {
    const client = new Settings({}, { IAM_CLIENT_ID: 'c', IAM_CLIENT_SECRET: '' }).client(['IAM_CLIENT']);
    expect(client).toEqual({ clientId: 'c', method: 'none' });
  });
});

describe('scopes and audience', () => {
  it('come from options before variables', () => {
    const env = { IAM_DEVICE_CODE_CLIENT_SCOPES: 'd', IAM_CLIENT_SCOPES: ' a  b ', IAM_CLIENT_AUDIENCE: 'x' };
    expect(new Settings({}, env).scope()).toBe('a b');
    expect(new Settings({}, env).scope(DEVICE_FIRST)).toBe('d');
    expect(new Settings({ scope: ['s t', 'u'] }, env).scope()).toBe('s t u');
    expect(new Settings({}, {}).scope()).toBeUndefined();
    expect(new Settings({}, env).audience()).toBe('x');
    expect(new Settings({ audience: 'y' }, env).audience()).toBe('y');
  });
});

describe('the issuer', () => {
  it('is not asked anything when the variables name all endpoints that are used', async () => {
    const env = { IAM_TOKEN_ENDPOINT: 'https://iam.example/token', IAM_HOSTNAME: 'https://iam.example' };
    const settings = new Settings({ 'cert-path': '/ca.pem' }, env);
    const find = settings.issuer('token_endpoint');
    settings.complete();
    expect(await find()).toEqual({
      metadata: {
        issuer: 'https://iam.example/',
        protocol: 'oidc',
        token_endpoint: 'https://iam.example/token',
      },
      audienceParameter: 'audience',
      certPath: '/ca.pem',
    });
  });

  it('is asked for the endpoints that no variable names', async () => {
    const { url, metadata } = await discoverable();
    const env = { IAM_HOSTNAME: url, IAM_TOKEN_ENDPOINT: 'https://other.example/token' };
    const found = await new Settings({}, env).issuer('token_endpoint', 'device_authorization_endpoint')();
    expect(found.metadata).toEqual({ ...metadata, token_endpoint: 'https://other.example/token' });
  });

  it('is not mixed with endpoints of the environment when an option names it', async () => {
    const { url, metadata } = await discoverable();
    const env = { IAM_TOKEN_ENDPOINT: 'https://other.example/token', IAM_HOSTNAME: 'https://other.example' };
    const found = await new Settings({ issuer: url }, env).issuer('token_endpoint')();
    expect(found.metadata).toEqual(metadata);
  });

  it.each([
    ['https://iam.example/', 'https://iam.example/'],
    ['iam.example', 'https://iam.example'],
  ])('IAM_HOSTNAME may be %s', (host, url) => {
    expect(new Settings({}, { IAM_HOSTNAME: host }).issuerUrl()).toBe(url);
  });

  it('no secret is sent to an endpoint without https', () => {
    const settings = new Settings({}, { IAM_TOKEN_ENDPOINT: 'http://iam.example/token' });
    expect(() => settings.issuer('token_endpoint')).toThrow(
      "IAM_TOKEN_ENDPOINT: 'http://iam.example/token' cannot be the address of an endpoint: it begins with http://",
    );
  });
});

it('everything that is missing is told at once, with where it can come from', () => {
  const settings = new Settings({}, {});
  settings.client(['IAM_CLIENT'], { confidential: true });
  settings.issuer('token_endpoint', 'device_authorization_endpoint');
  const error = catchError(() => settings.complete());
  expect(error).toMatchObject({ message: '4 settings are missing', exitCode: 64 });
  expect(error).toHaveProperty('hints', [
    'the client: --client-id=ID or IAM_CLIENT_ID',
    'the secret of the client: --client-secret-file=FILE or IAM_CLIENT_SECRET',
    'the token endpoint: --issuer=URL, IAM_HOSTNAME or IAM_TOKEN_ENDPOINT',
    'the device authorization endpoint: --issuer=URL, IAM_HOSTNAME or IAM_DEVICE_CODE_ENDPOINT',
  ]);
});

function catchError(work: () => void): ProgramError {
  try {
    work();
  } catch (error) {
    if (error instanceof ProgramError) return error;
  }
  throw new Error('nothing was missing');
}
