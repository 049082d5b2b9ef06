import { describe, expect, it } from 'vitest';
import { parseRequest, schemas } from './requests.ts';

describe('a request that breaks the protocol gets the text of the C agent', () => {
  it.each([
    ['{}', 'Bad Request: No request type.'],
    ['{"request":""}', 'Bad Request: No request type.'],
    ['{"request":"x"}', 'Bad Request: Unknown request type.'],
    ['{"request":5}', 'Bad Request: Unknown request type.'],
    ['{"request":"toString"}', 'Bad Request: Unknown request type.'],
    ['{"request":', 'Bad Request: could not parse json'],
    ['{"request":"add"}', 'Argument is NULL in function getAccountFromJSON'],
    ['{"request":"add","config":"x"}', 'could not parse json'],
    ['{"request":"add","config":[]}', 'Bad Request: config is malformed'],
    [
      '{"request":"add","config":{},"file_key":{"salt":"AAAA","key":"AAAA"}}',
      'Bad Request: file_key.salt is malformed',
    ],
  ])('%s', (message, error) => {
    expect(() => parseRequest(message)).toThrow(error);
  });
});

describe('values may come as any type of JSON', () => {
  it('numbers as text', () => {
    expect(parseRequest('{"request":"access_token","account":5,"min_valid_period":"60"}')).toMatchObject({
      account: '5',
      min_valid_period: 60,
    });
  });
  it.each(['""', '"null"', '"(null)"', 'null'])('%s is an absent value', (value) => {
    expect(parseRequest(`{"request":"access_token","account":${value}}`)).toEqual({
      request: 'access_token',
      account: undefined,
      has_terminal: false,
    });
  });
  const withMembers = Object.entries(schemas).filter(([, { entries }]) => Object.keys(entries).length > 1);
  describe.each(withMembers)('%s', (request, schema) => {
    const outcome = (members: object) => {
      try {
        return parseRequest(JSON.stringify({ request, ...filled, ...members }));
      } catch (error) {
        return error;
      }
    };
    const filled = 'config' in schema.entries ? { config: { name: 'x' } } : {};
    const members = Object.keys(schema.entries).filter((name) => name !== 'request');
    it.each(members)('%s: each word for an absent value is one', (member) => {
      const without = outcome({ [member]: undefined });
      for (const value of ['', 'null', '(null)', null]) {
        expect(outcome({ [member]: value })).toEqual(without);
      }
    });
  });
  it('an object as text', () => {
    expect(parseRequest('{"request":"add","config":"{\\"name\\":\\"x\\"}"}')).toMatchObject({
      config: { name: 'x' },
    });
  });
  it('flags are off unless they are 1 or true', () => {
    const { confirm, plain_add, always_allow_id_token } = parseRequest(
      '{"request":"add","config":{},"confirm":1,"plain_add":true}',
    ) as { confirm: boolean; plain_add: boolean; always_allow_id_token: boolean };
    expect([confirm, plain_add, always_allow_id_token]).toEqual([true, true, false]);
  });
});
