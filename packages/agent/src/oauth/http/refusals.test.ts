import { expect, test } from 'vitest';
import { Secret } from '../../secret.ts';
import { IssuerError } from './errors.ts';
import { checkAnswer } from './refusals.ts';

const issuer = 'https://issuer.example/';

async function failure(status: number, body: string | object | null, headers: Record<string, string> = {}) {
  const text = typeof body === 'object' && body !== null ? JSON.stringify(body) : body;
  const answer = new Response(text, { status, headers });
  const error = await checkAnswer(answer, { issuer, secrets: [new Secret('top/secret+1')] }).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(IssuerError);
  return error;
}

test.each<[string, number, string | object | null, Record<string, string>, object]>([
  [
    'the standard form',
    400,
    { error: 'invalid_scope', error_description: 'Scope x is not allowed' },
    {},
    { kind: 'scope_refused', message: 'invalid_scope: Scope x is not allowed' },
  ],
  ['a code alone', 400, { error: 'invalid_grant' }, {}, { kind: 'refused', message: 'invalid_grant' }],
  [
    "IAM's sentence at registration",
    400,
    { error: 'Grant type not allowed: password' },
    {},
    {
      kind: 'refused',
      message: 'Grant type not allowed: password',
      error: 'Grant type not allowed: password',
    },
  ],
  [
    "IAM's code for a wrong secret",
    401,
    { error: 'unauthorized', error_description: 'Bad credentials' },
    {},
    { kind: 'client_refused', message: 'unauthorized: Bad credentials' },
  ],
  [
    'a challenge without body',
    401,
    null,
    {
      'www-authenticate': 'Bearer realm="oauth", error="invalid_token", error_description="Say \\"please\\""',
    },
    { error: 'invalid_token', message: 'invalid_token: Say "please"' },
  ],
  ['a bare 404', 404, null, {}, { kind: 'refused', message: 'Received Http Status Code 404' }],
  [
    'HTML',
    502,
    '<html>Bad Gateway</html>',
    {},
    { kind: 'unavailable', message: 'Received Http Status Code 502' },
  ],
  ['JSON that is no object', 400, '"invalid_grant"', {}, { message: 'Received Http Status Code 400' }],
  ['an error that is a number', 400, { error: 7 }, {}, { message: 'Received Http Status Code 400' }],
  [
    'an error that is an object',
    400,
    { error: { code: 'invalid_scope', message: 'not yours' } },
    {},
    { kind: 'scope_refused', message: 'invalid_scope: not yours' },
  ],
  [
    'an error that is an object with a number, as Google writes it',
    403,
    { error: { code: 403, status: 'PERMISSION_DENIED', message: 'not yours' } },
    {},
    { message: 'PERMISSION_DENIED: not yours' },
  ],
  [
    'an error that is an object, under status 200',
    200,
    { error: { type: 'OAuthException', message: 'not yours' } },
    {},
    { message: 'OAuthException: not yours' },
  ],
  [
    "an error of Okta's interfaces, which has other names",
    403,
    { errorCode: 'E0000005', errorSummary: 'Invalid session', errorCauses: [] },
    {},
    { kind: 'refused', message: 'E0000005: Invalid session' },
  ],
  [
    "Google's code for too many device codes",
    403,
    { error_code: 'rate_limit_exceeded' },
    {},
    { kind: 'unavailable', message: 'rate_limit_exceeded' },
  ],
  ['a description that is no string', 400, { error: 'e', error_description: [] }, {}, { message: 'e' }],
  ['an error under status 200', 200, { error: 'access_denied' }, {}, { kind: 'denied', status: 200 }],
  ['too many requests', 429, { error: 'x' }, {}, { kind: 'unavailable' }],
])('%s is recognised', async (_name, status, body, headers, expected) => {
  expect(await failure(status, body, headers)).toMatchObject({ status, issuer, ...expected });
});

test('control characters of an issuer do not reach the terminal', async () => {
  const json = { error: 'e\u0007', error_description: 'a\u001b[31mred\r\nline\u202etxt' };
  expect(await failure(400, json)).toMatchObject({ message: 'e: a [31mred line txt' });
});

test('a long text is cut at 500 characters', async () => {
  expect(await failure(400, { error: 'x', error_description: 'y'.repeat(100_000) })).toMatchObject({
    description: 'y'.repeat(500),
  });
});

test('a secret of the request is redacted in the spelling of a form and of a URL, too', async () => {
  const form = new URLSearchParams({ refresh_token: 'top/secret+1' });
  const error_description = `body was ${form} and ${encodeURIComponent('top/secret+1')}`;
  const error = await failure(400, { error: 'x', error_description });
  expect(error).toMatchObject({ message: 'x: body was refresh_token=[secret] and [secret]' });
});

test('a secret that equals a part of an error code is redacted in all but the codes of OAuth', async () => {
  const secrets = [new Secret('correcthorse'), new Secret('token')];
  const reported = async (error: string) => {
    const answer = new Response(JSON.stringify({ error }), { status: 400 });
    return await checkAnswer(answer, { issuer, secrets }).catch((refused: Error) => refused.message);
  };
  expect(await reported('wrong_password_correcthorse')).toBe('wrong_password_[secret]');
  expect(await reported('correcthorse')).toBe('[secret]');
  expect(await reported('invalid_token')).toBe('invalid_token');
});

test('a secret is redacted as Spring, on which INDIGO IAM is built, writes it: escaped for HTML', async () => {
  const answer = new Response(JSON.stringify({ error: 'a&amp;b&lt;c&quot;d&#39;e&gt; is wrong' }), {
    status: 400,
  });
  const secrets = [new Secret(`a&b<c"d'e>`)];
  await expect(checkAnswer(answer, { issuer, secrets })).rejects.toThrow(/^\[secret\] is wrong$/);
});

test('a secret of the request is redacted wherever the issuer repeats it', async () => {
  const error_description = `${'.'.repeat(490)}top/secret+1 and top/secret+1`;
  const error = await failure(400, { error: 'value top/secret+1 unknown', error_description });
  expect(error).toMatchObject({ error: 'value [secret] unknown' });
  expect(JSON.stringify(error) + String(error)).not.toContain('top/');
});
