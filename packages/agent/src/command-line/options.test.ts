import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineProgram } from './option-table.ts';
import { parse, UsageError } from './options.ts';

const program = defineProgram({
  name: 'tool',
  argsDoc: 'NAME | -l',
  doc: 'Does things',
  positionals: { min: 0, max: 2 },
  options: {
    'General:': {
      list: { short: 'l', doc: 'List' },
      loaded: { short: 'a', doc: 'List what is loaded' },
      lifetime: { short: 't', arg: 'TIME', integer: true, doc: 'Lifetime' },
      scope: { short: 's', arg: 'SCOPE', repeatable: true, doc: 'Scope' },
      cert: { aliases: ['cert-path', 'cp'], arg: 'FILE', doc: 'CA bundle' },
      'pw-env': { short: 'e', arg: 'VAR', optional: true, doc: 'Password' },
      prompt: { arg: 'cli|none', choices: ['cli', 'none'], doc: 'Prompt' },
      secret: { hidden: true, doc: 'Not shown' },
      confirm: { short: 'c', unavailable: 'nobody can be asked yet', doc: 'Ask' },
    },
  },
});

const read = (...argv: string[]) => {
  const outcome = parse(program, argv);
  if (typeof outcome === 'string') throw new Error('help was asked for');
  return outcome;
};
const complaint = (...argv: string[]) => {
  try {
    parse(program, argv);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('the command line was accepted');
};
const TRY = "Try `tool --help' or `tool --usage' for more information.";

describe('a command line', () => {
  it('gives each option the type that its table says', () => {
    const { options } = read();
    expectTypeOf(options.list).toEqualTypeOf<boolean>();
    expectTypeOf(options.lifetime).toEqualTypeOf<number | undefined>();
    expectTypeOf(options.scope).toEqualTypeOf<readonly string[]>();
    expectTypeOf(options['pw-env']).toEqualTypeOf<string | true | undefined>();
    expectTypeOf(options.prompt).toEqualTypeOf<'cli' | 'none' | undefined>();
    expect(options).toMatchObject({ list: false, lifetime: undefined, scope: [], secret: false });
  });

  it('may mix options and other arguments', () => {
    const { options, positionals } = read('one', '-l', 'two', '--lifetime', '5');
    expect(positionals).toEqual(['one', 'two']);
    expect(options).toMatchObject({ list: true, lifetime: 5 });
  });

  it('may cluster letters, the last one with its argument attached or next', () => {
    expect(read('-alt60').options).toMatchObject({ loaded: true, list: true, lifetime: 60 });
    expect(read('-alt', '60').options).toMatchObject({ loaded: true, list: true, lifetime: 60 });
  });

  it('keeps every value of a repeatable option, and the last one of another', () => {
    const { options } = read('-s', 'a', '--scope=b', '-sc', '--cp', 'x', '--cert=y');
    expect(options.scope).toEqual(['a', 'b', 'c']);
    expect(options.cert).toBe('y');
  });

  it('takes an optional argument only when it is attached', () => {
    expect(read('--pw-env', 'name')).toMatchObject({ options: { 'pw-env': true }, positionals: ['name'] });
    expect(read('--pw-env=V').options['pw-env']).toBe('V');
    expect(read('-eV').options['pw-env']).toBe('V');
    expect(read('-e', 'name').positionals).toEqual(['name']);
  });

  it('takes the next word as a required argument, whatever it looks like', () => {
    expect(read('--scope', '--list').options).toMatchObject({ scope: ['--list'], list: false });
  });

  it('takes an empty value for a value', () => {
    expect(read('--scope=', '-s', '').options.scope).toEqual(['', '']);
  });

  it('ends its options at --, and takes a lone dash for an argument', () => {
    expect(read('-', '--', '-l').positionals).toEqual(['-', '-l']);
  });

  it('may shorten a long option as far as it stays unambiguous', () => {
    expect(read('--sco', 'x').options.scope).toEqual(['x']);
    expect(read('--life=7').options.lifetime).toBe(7);
  });

  it('may shorten to a prefix that only names of one option share, or that is a whole name', () => {
    expect(read('--ce', 'f').options.cert).toBe('f');
    expect(read('--cert', 'f').options.cert).toBe('f');
  });
});

describe('a command line that is wrong', () => {
  it.each([
    [['--nope'], "tool: unrecognized option '--nope'"],
    [['-Q'], "tool: invalid option -- 'Q'"],
    [['-lQ'], "tool: invalid option -- 'Q'"],
    [['-ü'], "tool: invalid option -- 'ü'"],
    [['--l'], "tool: option '--l' is ambiguous; possibilities: '--list' '--loaded' '--lifetime'"],
    [['-t'], "tool: option requires an argument -- 't'"],
    [['--lifeti'], "tool: option '--lifetime' requires an argument"],
    [['--list=3'], "tool: option '--list' doesn't allow an argument"],
    [['--__proto__'], "tool: unrecognized option '--__proto__'"],
    [['a', 'b', 'c'], 'Usage: tool [OPTION...] NAME | -l'],
    [['-t', 'x'], "tool: option '-t' needs a whole number, not 'x'"],
    [['--lifetime=-1'], "tool: option '--lifetime' needs a whole number, not '-1'"],
    [['-t', '1e3'], "tool: option '-t' needs a whole number, not '1e3'"],
    [['-t99999999999999999999'], "tool: option '-t' needs a whole number, not '99999999999999999999'"],
    [['--conf'], "tool: option '--confirm' is not available: nobody can be asked yet"],
    [['-lc'], "tool: option '-c' is not available: nobody can be asked yet"],
    [['--c', 'f'], "tool: option '--c' is ambiguous; possibilities: '--cert' '--confirm'"],
    [['--prompt=gui'], "tool: option '--prompt' needs one of cli, none, not 'gui'"],
  ])('%j is told so', (argv, first) => {
    expect(complaint(...argv)).toBe(`${first}\n${TRY}`);
  });

  it.each([
    [['--lsit'], "did you mean '--list'?"],
    [['--scpoe=s3cret'], "did you mean '--scope'?"],
    [['--cert-pth', 'x'], "did you mean '--cert-path'?"],
    [['-loaded'], "did you mean '--loaded'?"],
    [['-laoded'], "did you mean '--loaded'?"],
    [['-L'], "did you mean '-l'?"],
    [['--prompt=cil'], "did you mean 'cli'?"],
    [['--lifetime=2h'], 'write it in seconds: --lifetime=7200'],
    [['-t', '30 min'], 'write it in seconds: -t 1800'],
    [['-t', 'x'], undefined],
    [['--secrett'], undefined],
    [['--confrim'], undefined],
    [['--completely-else'], undefined],
    [['-Q'], undefined],
  ])('%j gets the suggestion %s', (argv, hint) => {
    const [, , ...more] = complaint(...argv).split('\n');
    expect(more).toEqual(hint === undefined ? [] : [`hint: ${hint}`]);
  });

  it('with an optional argument that is not attached shows how to write it', () => {
    const hint = 'hint: an optional argument is attached to its option: ';
    expect(complaint('a', 'b', '-e', 'VARIABLE').split('\n').at(-1)).toBe(`${hint}-eVAR`);
    expect(complaint('a', 'b', '--pw-env', 'VARIABLE').split('\n').at(-1)).toBe(`${hint}--pw-env=VAR`);
    expect(complaint('a', 'b', 'c', '--pw-env=X')).not.toContain('hint:');
  });

  it('never shows a value that was attached to a misspelt option', () => {
    expect(complaint('--client-secert=hunter2')).not.toContain('hunter2');
    expect(complaint('--l=hunter2')).not.toContain('hunter2');
  });

  it('has the exit code 64', () => {
    expect(new UsageError(program).exitCode).toBe(64);
  });
});

describe('asking for help', () => {
  it.each(['-?', '-h', '--help', '--he', '-lh'])('with %s comes before any other complaint', (word) => {
    expect(parse(program, ['a', 'b', 'c', word])).toMatch(/^Usage: tool \[OPTION\.\.\.\] NAME \| -l\n/);
  });

  it('with --version gives the name and the version', () => {
    expect(parse(program, ['-V'])).toMatch(/^tool \d+\.\d+\.\d+ /);
  });

  it('with --usage gives every option', () => {
    expect(parse(program, ['--usage'])).toContain('[-e[VAR]]');
  });
});

describe('for all command lines', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('-l', '-t', '5', '--', '--scope', '--sc=a b', '-sx', '--pw-env', '-h', '--l', '-'),
  );

  it('the answer is arguments, a text or a usage error', () => {
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        try {
          parse(program, argv);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });

  it('what follows -- comes through unchanged', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 2 }), (words) => {
        expect(read('-l', '--', ...words).positionals).toEqual(words);
      }),
    );
  });

  it('a value comes through unchanged, attached or not, long or short', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const forms = [
          ['--scope', value],
          [`--scope=${value}`],
          ['-s', value],
          [`-s${value}`],
          [`-ls${value}`],
        ];
        for (const form of forms) expect(read(...form).options.scope).toEqual([value]);
      }),
    );
  });
});
