import { expect, test } from 'vitest';
import { grantAt, tokens } from '../../../../test/grant-at.ts';

test('requests queued while the issuer did not answer fail with the first; later ones ask anew', async () => {
  const asked: (() => void)[] = [];
  const { get, forms, clock } = await grantAt([
    (_request, response) => asked.push(() => response.destroy()),
    tokens('at last'),
  ]);
  const waiting = ['a', 'b', 'c'].map((scope) => get({ scope }));
  const outcomes = Promise.allSettled(waiting);
  await expect.poll(() => asked.length).toBe(1);
  await clock.pass(30);
  asked[0]?.();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(forms()).toHaveLength(1);
  await clock.pass(1);
  expect(await get({ scope: 'b' })).toBe('at last');
});
