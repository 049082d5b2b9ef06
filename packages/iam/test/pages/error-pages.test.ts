import { describe, expect, it } from 'vitest';
import { answerOf, json, testIam } from '../support/test-iam.ts';

const iam = testIam();

/** What Chromium sends when a user opens an address. */
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' };

const authorize = (query: Record<string, string>) => `/authorize?${new URLSearchParams(query)}`;
const redirect_uri = 'http://localhost:1/other';

describe('a browser gets a page that says what is wrong and what to do', () => {
  it.each([
    ['a path that does not exist', '/nowhere', 404, ['No such path: /nowhere', 'Check the address']],
    [
      'an endpoint for programs',
      '/token',
      405,
      ['Request method &#39;GET&#39; not supported', 'Programs send'],
    ],
    ['an API without a login', '/iam/api/clients', 401, ['unauthorized']],
    [
      'an unknown client',
      authorize({ client_id: 'gone', response_type: 'code' }),
      401,
      ['Client with id gone was not found', 'forgets registered clients when it stops'],
    ],
    [
      'a response type that does not exist',
      authorize({ client_id: 'client', response_type: 'cod' }),
      400,
      ['<strong>Test client</strong> <code>client</code>', 'send response_type=code'],
    ],
  ])('for %s', async (_name, path, status, texts) => {
    const answer = await iam.fetch(path, { headers: BROWSER });
    const page = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    for (const text of [...texts, '<a class="button quiet" href="/">Back to the start</a>']) {
      expect(page).toContain(text);
    }
  });

  it('for a redirect URI that the client has not registered', async () => {
    const query = { client_id: 'client', response_type: 'code', redirect_uri, prompt: 'none' };
    const answer = await iam.fetch(authorize(query), { headers: BROWSER });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(
      `The program asks to get the answer at ${redirect_uri}. Its client has registered http://localhost:9876/callback:`,
    );
  });
});

describe('a program gets what IAM answers', () => {
  it.each(['*/*', 'application/json', 'application/json, text/html;q=0.5'])(
    'for Accept: %s',
    async (accept) => {
      const headers = { accept };
      expect(await answerOf(await iam.fetch('/token', { headers }))).toEqual([
        405,
        { error: 'method_not_allowed', error_description: "Request method 'GET' not supported" },
      ]);
      expect((await json(await iam.fetch('/iam/api/clients', { headers }))).error).toBe('unauthorized');
      expect(await (await iam.post('/devicecode', {}, headers)).text()).toBe('');
    },
  );
});
