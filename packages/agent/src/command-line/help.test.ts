import { expect, it } from 'vitest';
import { helpText, usageText } from './help.ts';
import { defineProgram } from './option-table.ts';

const program = defineProgram({
  name: 'tool',
  argsDoc: 'NAME | -x | -X',
  doc: 'A program that has options of every kind, so that its help shows how each of them looks',
  positionals: { min: 1, max: 1 },
  options: {
    'General:': {
      unlock: { short: 'X', doc: 'Unlock' },
      lock: { short: 'x', doc: 'Lock' },
      'always-allow-everything': { doc: 'Its name is a little too long' },
      issuer: { short: 'i', arg: 'OIDC_ISSUER', optional: true, doc: 'Its argument may be left out' },
      'a-rather-long-name': {
        aliases: ['alias'],
        arg: 'FILE',
        doc: 'Several names that need a line of their own',
      },
      'device-authorization-endpoint': {
        short: 'd',
        aliases: ['an-alias-that-makes-it-long', 'another-one'],
        arg: 'URI',
        doc: 'Names that need more than a line',
      },
      secret: { hidden: true, doc: 'Not shown' },
      confirm: { short: 'c', unavailable: 'nobody can be asked yet', doc: 'Not shown either' },
    },
    'Nothing to show:': { internal: { hidden: true, doc: 'Not shown' } },
    'Advanced:': {
      words: {
        arg: 'WORDS',
        doc: 'This text is long enough to be broken at the right margin, at which it goes on below',
      },
    },
  },
});

// Checked against GNU argp: the columns 2, 6 and 29, the order, three spaces or a new line after long names, 79 columns.
it('lays out --help as GNU argp does', () => {
  expect(helpText(program)).toBe(`\
Usage: tool [OPTION...] NAME | -x | -X
tool -- A program that has options of every kind, so that its help shows how
each of them looks

 General:
      --a-rather-long-name=FILE, --alias=FILE
                             Several names that need a line of their own
      --always-allow-everything   Its name is a little too long
  -d, --device-authorization-endpoint=URI, --an-alias-that-makes-it-long=URI,
      --another-one=URI
                             Names that need more than a line
  -i, --issuer[=OIDC_ISSUER] Its argument may be left out
  -x, --lock                 Lock
  -X, --unlock               Unlock

 Advanced:
      --words=WORDS          This text is long enough to be broken at the right
                             margin, at which it goes on below

 Help:
  -?, --help                 Print this list of options
      --usage                Print a short usage message
  -V, --version              Print the version of the program

Mandatory or optional arguments to long options are also mandatory or optional
for any corresponding short options.
`);
});

it('lays out --usage as GNU argp does', () => {
  expect(usageText(program)).toBe(`\
Usage: tool [-xX?V] [-d URI] [-i[OIDC_ISSUER]] [--a-rather-long-name=FILE]
            [--alias=FILE] [--always-allow-everything]
            [--device-authorization-endpoint=URI]
            [--an-alias-that-makes-it-long=URI] [--another-one=URI]
            [--issuer[=OIDC_ISSUER]] [--lock] [--unlock] [--words=WORDS]
            [--help] [--usage] [--version] NAME | -x | -X
`);
});
