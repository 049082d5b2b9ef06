import { describe, expect, it } from 'vitest';
import { nextAudience, requestedAudience } from './audience.ts';

const invalidTarget = (description: string) =>
  expect.objectContaining({ status: 400, error: 'invalid_target', error_description: description });

describe('the audience that a request names', () => {
  it.each([
    [{}, undefined],
    [{ audience: '' }, undefined],
    [{ audience: 'a  b a' }, { values: ['a', 'b'], byResource: false }],
    [
      { aud: 'x', audience: 'y' },
      { values: ['x'], byResource: false },
    ],
    [
      { aud: '', audience: 'y' },
      { values: ['y'], byResource: false },
    ],
    [
      { resource: 'https://a.example https://b.example', aud: 'x', audience: 'y' },
      { values: ['https://a.example', 'https://b.example'], byResource: true },
    ],
  ])('%j', (parameters, expected) => expect(requestedAudience(parameters)).toEqual(expected));

  it.each([
    ['', 'Not a valid URI: '],
    ['nonsense', 'Not a valid URI: nonsense'],
    ['https://a.example https//b', 'Not a valid URI: https//b'],
    ['mailto:a@b', 'Not an absolute URL: mailto:a@b'],
    ['https://a.example/?x=1', 'The resource indicator contains a query component: https://a.example/?x=1'],
    ['https://a.example/#x', 'The resource indicator contains a fragment component: https://a.example/#x'],
  ])('refuses the resource "%s"', (resource, description) =>
    expect(() => requestedAudience({ resource })).toThrow(invalidTarget(description)),
  );
});

describe('the audience of the next token', () => {
  const resources = { values: ['https://a', 'https://b'], byResource: true };
  const audience = { values: ['a'], byResource: false };

  it('stays when none is asked for', () => {
    expect(nextAudience(audience, undefined)).toEqual(audience);
    expect(nextAudience(undefined, undefined)).toBeUndefined();
  });
  it('may be any other when it was given freely', () => {
    expect(nextAudience(audience, { values: ['z'], byResource: false })?.values).toEqual(['z']);
  });
  it('is a part of the resources that were granted', () => {
    expect(nextAudience(resources, { values: ['https://b'], byResource: true })?.values).toEqual([
      'https://b',
    ]);
    expect(nextAudience(resources, { values: ['https://b', 'https://c'], byResource: true })?.values).toEqual(
      ['https://b'],
    );
    expect(nextAudience(resources, { values: ['z'], byResource: false })?.values).toEqual(['z']);
    for (const granted of [audience, undefined]) {
      expect(() => nextAudience(granted, { values: ['https://b'], byResource: true })).toThrow(
        invalidTarget('The requested resource was not originally granted'),
      );
    }
    expect(() => nextAudience(resources, { values: ['https://c'], byResource: true })).toThrow(
      invalidTarget('The requested resource was not originally granted'),
    );
  });
});
