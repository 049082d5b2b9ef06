import { expect, it } from 'vitest';
import { defineProgram } from '../command-line/option-table.ts';
import { VERSION } from '../version.ts';
import { manPage } from './man-page.ts';

const program = defineProgram({
  name: 'some-tool',
  argsDoc: '[NAME] | -l',
  doc: 'Does things',
  positionals: { min: 0, max: 1 },
  options: {
    'General:': {
      'pw-env': {
        short: 'e',
        aliases: ['env'],
        arg: 'A_VAR',
        optional: true,
        doc: "It's in a variable. Or not",
      },
      file: { short: 'f', arg: 'FILE', doc: '.hidden' },
      secret: { hidden: true, doc: 'Not shown' },
      later: { unavailable: 'it is not there yet', doc: 'Not shown' },
    },
  },
});

it('writes mdoc, with nothing in it that roff would take for its own', () => {
  const page = manPage({
    program,
    description: ['First. A \\ and a `.', 'Second.'],
    environment: ['HOME'],
    files: ['/etc/oidc-agent'],
    exitCodes: [0],
    examples: [['some-tool "x" | El', 'Does it.']],
    seeAlso: ['tool-b', 'tool-a'],
  });
  const help = /\.Ss Help\n.*?\.El\n/s;
  expect(help.exec(page)?.[0]).toContain('.It Fl ? , Fl -help');
  expect(page.replace(help, '').replace(/^\.Dd .*\n/, '')).toBe(`\
.Dt SOME-TOOL 1
.Os "oidc-agent ${VERSION}"
.Sh NAME
.Nm some-tool
.Nd does things
.Sh SYNOPSIS
.Nm
.Op Ar OPTION ...
.Op Ar NAME
|
.Fl l
.Sh DESCRIPTION
First.
A \\e and a \\(ga.
.Pp
Second.
.Ss General
.Bl -tag -width Ds
.It Fl e Ns Oo Ar A_VAR Oc , Fl -pw\\-env Ns Oo = Ns Ar A_VAR Oc , Fl -env Ns Oo = Ns Ar A_VAR Oc
It\\(aqs in a variable.
Or not.
.It Fl f Ar FILE , Fl -file Ns = Ns Ar FILE
\\&.hidden.
.El
.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev HOME
The agent directory is in this folder, unless OIDC_CONFIG_DIR is set.
.El
.Sh FILES
.Bl -tag -width Ds
.It Pa /etc/oidc\\-agent
Configuration files for all users.
.El
.Sh EXIT STATUS
.Bl -tag -width Ds
.It 0
Success.
.El
.Sh EXAMPLES
Does it.
.Pp
.Dl some\\-tool \\(dqx\\(dq \\&| \\&El
.Sh SEE ALSO
.Xr tool-a 1 ,
.Xr tool-b 1
`);
});
