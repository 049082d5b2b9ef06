import { describe, expect, it } from 'vitest';
import { parseBehaviourWords } from './words.ts';

describe('the words of --behave', () => {
  it('are rules and settings, and together one behaviour', () => {
    const words = [
      'clock=-30.5,denial=access_denied',
      'poll=slow_down,times=3',
      'endpoint=/token,client=7,status=503',
    ];
    expect(parseBehaviourWords([...words, 'rotation=detect-reuse'])).toEqual({
      clock: -30.5,
      denial: 'access_denied',
      rotation: 'detect-reuse',
      rules: [
        { poll: 'slow_down', times: 3 },
        { endpoint: '/token', client: '7', status: 503 },
      ],
    });
    expect(parseBehaviourWords([])).toEqual({ rules: [] });
  });

  it('go before what a configuration file says', () => {
    const base = { clock: 5, denial: 'access_denied' as const, rules: [{ status: 500 }] };
    expect(parseBehaviourWords(['clock=1', 'status=503,times=1'], base)).toEqual({
      clock: 1,
      denial: 'access_denied',
      rules: [{ status: 503, times: 1 }, { status: 500 }],
    });
  });

  it.each([
    ['status', "'status': status must be a number"],
    ['status=abc', "'status=abc': status must be a number"],
    ['endpoint=/token', /^'endpoint=\/token': must have one of delay_before, .*errors$/],
    ['rotation=often', "'rotation=often': rotation must be none, rotate or detect-reuse"],
    ['rotation=rotate,status=500', "'rotation=rotate,status=500': rotation is not part of a rule"],
    ['clock=soon', "'clock=soon': clock must be a number of seconds"],
    ['times=1.5,drop=after', "'times=1.5,drop=after': times must be a whole number"],
    ['', "'': is not part of a rule"],
  ])('are refused with a reason: %s', (word, message) => {
    expect(() => parseBehaviourWords([word])).toThrow(message);
  });
});
