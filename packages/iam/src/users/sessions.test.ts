import { expect, it } from 'vitest';
import { localTarget } from './sessions.ts';

it.each(['/', '/device?user_code=ABC123', '/authorize?redirect_uri=http%3A%2F%2Fx'])(
  'a login may lead to %s',
  (target) => expect(localTarget(target)).toBe(target),
);

it.each([
  '//evil.example',
  '/\\evil.example',
  'https://evil.example/',
  'javascript:alert(1)',
  '',
  '/a\nb',
  '/\t/evil',
])('a login never leads to %j', (target) => expect(() => localTarget(target)).toThrow());
