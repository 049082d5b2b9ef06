import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMalformedGroupScope, wlcgGroups } from './groups.ts';

const mine = [{ name: 'Production' }, { name: 'Analysis' }, { name: 'Pilots', optional: true }];

describe('the claim wlcg.groups', () => {
  it.each([
    ['no group scope, no groups', ['openid'], []],
    ['plain: the usual groups by name', ['wlcg.groups'], ['/Analysis', '/Production']],
    ['one asked for comes first, the rest follow', ['wlcg.groups:/Production'], ['/Production', '/Analysis']],
    ['an optional one only when asked for', ['wlcg.groups:/Pilots'], ['/Pilots', '/Analysis', '/Production']],
    [
      'plain first keeps its place',
      ['wlcg.groups', 'wlcg.groups:/Pilots'],
      ['/Analysis', '/Production', '/Pilots'],
    ],
    [
      'in the order asked for',
      ['wlcg.groups:/Pilots', 'openid', 'wlcg.groups:/Production', 'wlcg.groups'],
      ['/Pilots', '/Production', '/Analysis'],
    ],
    ['not a member: left out', ['wlcg.groups:/Other'], ['/Analysis', '/Production']],
    ['a child does not imply its parent', ['wlcg.groups:/Production/sub'], ['/Analysis', '/Production']],
  ])('%s', (_, scopes, expected) => expect(wlcgGroups(scopes, mine)).toEqual(expected));

  it('is empty for a user without groups', () => expect(wlcgGroups(['wlcg.groups'], [])).toEqual([]));

  it('never names a group twice, or one that the user is not in', () => {
    const scope = fc.constantFrom(
      'wlcg.groups',
      'wlcg.groups:/Pilots',
      'wlcg.groups:/Analysis',
      'wlcg.groups:/Other',
    );
    fc.assert(
      fc.property(fc.array(scope), (scopes) => {
        const groups = wlcgGroups(scopes, mine);
        expect(new Set(groups).size).toBe(groups.length);
        for (const group of groups) expect(mine.map(({ name }) => `/${name}`)).toContain(group);
      }),
    );
  });
});

it.each(['wlcg.groups:', 'wlcg.groups:x', 'wlcg.groups://', 'wlcg.groups:/a/', 'wlcg.groups:/-a'])(
  '%s is malformed',
  (scope) => expect(isMalformedGroupScope(scope)).toBe(true),
);
it.each(['wlcg.groups', 'wlcg.groups:/a/b-c.d_e', 'openid'])('%s is not', (scope) =>
  expect(isMalformedGroupScope(scope)).toBe(false),
);
