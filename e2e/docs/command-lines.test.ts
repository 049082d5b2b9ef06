/** The command lines are those of oidc-agent 5.3: the same names and letters, each with the same kind of argument. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ProgramSpec } from '../../packages/agent/src/command-line/option-table.ts';
import { parse, UsageError } from '../../packages/agent/src/command-line/options.ts';
import { program as oidcAdd } from '../../packages/agent/src/programs/oidc-add/command-line.ts';
import { program as oidcAgent } from '../../packages/agent/src/programs/oidc-agent/command-line.ts';
import { program as oidcGen } from '../../packages/agent/src/programs/oidc-gen/command-line.ts';
import { program as oidcToken } from '../../packages/agent/src/programs/oidc-token/command-line.ts';
import { hasDebianSuite, programPath } from '../support/computer/programs.ts';

/** Each option as usage texts write it: `-l`, `--list`, `--time=`, `--pw-env[=]`. */
const names53: [ProgramSpec, string][] = [
  [
    oidcAgent,
    `-k --kill -t= --lifetime= --no-autoload --no-autoreauthenticate --no-auto-reauthenticate -c --confirm --no-webserver
     --no-scheme --with-group[=] -a= --socket-path= --bind-address= --always-allow-idtoken --json --restart-on-update
     --pid-file= --quiet -g --debug -d --console --log-stderr --status`,
  ],
  [
    oidcGen,
    `-l --accounts -p= --print= --reauthenticate --rename= -u= --update= -d --delete -f= --file= -m --manual --no-save --pub
     --iss= --issuer= --scope= --scope-all --scope-max --client-id= --client-secret= --redirect-uri= --redirect-url= --port=
     --oauth2 --oauth --mytoken-url[=] --mytoken-issuer[=] --mytoken= --mytoken-profile= --at= --access-token= --aud=
     --audience= --op-username= --op-password= --cnid= --client-name-identifier= --cp= --cert-path= --cert-file= --rt=
     --refresh-token= --rt-env[=] --refresh-token-env[=] --dae= --device-authorization-endpoint= --configuration-endpoint=
     --config-endpoint= --discovery-endpoint= -w= --flow= --only-at --no-url-call --pw-cmd= --pw-env[=] --pw-file= --pw-gpg=
     --pw-pgp= --gpg= --pgp= --pw-prompt= --prompt= --confirm-default --confirm-yes --confirm-no --codeExchange=
     --no-webserver --no-scheme --state= -g --debug -v --verbose`,
  ],
  [
    oidcAdd,
    `-r --remove -R --remove-all -l --list -a --loaded -p --print -t= --lifetime= -x --lock -X --unlock --pw-store[=]
     --pw-env[=] --pw-cmd= --pw-file= -c --confirm --pw-prompt= --always-allow-idtoken --skip-check --remote -f --force
     -g --debug -v --verbose`,
  ],
  [
    oidcToken,
    `-t= --time= -i[=] --issuer[=] -e[=] --expires-at[=] -o[=] --token[=] -c --env -a --all -f --force-new --bearer
     --auth-header --auth -s= --scope= --aud= --name= --id-token -m[=] --mytoken[=] --MT[=]`,
  ],
];

/** Options that only jeton has (docs/compatibility.md). */
const added: Record<string, string[]> = {
  'oidc-add': ['--json', '--pw-keyring[=]'],
  'oidc-gen': ['--insecure-http=', '--pw-keyring[=]'],
  'oidc-token': ['--json'],
};

/** Options of 4.2.6 that 5.3 has no more. */
const gone = ['--seccomp', '--pw-keyring', '--bind_address='];
const goneFrom: Record<string, string[]> = {
  'oidc-agent': ['--pw-store[=]'],
  'oidc-add': ['--pw-gpg=', '--pw-pgp=', '--gpg=', '--pgp='],
};

/** The options of a table in the same form. */
function formsOf(program: ProgramSpec): string[] {
  return Object.values(program.options)
    .flatMap(Object.entries)
    .filter(([, { hidden }]) => !hidden)
    .flatMap(([name, { short, aliases = [], arg, optional }]) => {
      const argument = arg === undefined ? '' : optional ? '[=]' : '=';
      const letters = short === undefined ? [] : [`-${short}`];
      return [...letters, ...[name, ...aliases].map((long) => `--${long}`)].map((form) => form + argument);
    });
}

describe.each(names53)('$name', (program, names) => {
  const forms = names.split(/\s+/);

  it('has every option of 5.3, and no other but those that only jeton has', () => {
    expect(formsOf(program).sort()).toEqual([...forms, ...(added[program.name] ?? [])].sort());
  });

  it('takes each of them, or says why not', () => {
    for (const form of forms) {
      const [name = '', required] = form.split(/(=|\[=\])/);
      try {
        parse(program, required === '=' ? [name, '1', 'x'] : [name, 'x']);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        expect(error.message).toMatch(/is not available: |needs one of |^Usage: oidc-agent/);
      }
    }
  });

  it.skipIf(!hasDebianSuite)(
    'has every option of the C program that is still there (needs oidc-agent-cli)',
    () => {
      const { stdout } = spawnSync(programPath(program.name, 'c'), ['--usage'], { encoding: 'utf8' });
      const longs = [...stdout.matchAll(/\[(--[\w-]+)(\[=|=)?/g)].map(
        ([, name = '', argument = '']) => name + argument.replace('[=', '[=]'),
      );
      const letters = [...stdout.matchAll(/\[(-[a-zA-Z])(\[| )/g)].map(
        ([, letter = '', argument]) => letter + (argument === '[' ? '[=]' : '='),
      );
      const flags = [...(/\[-([a-zA-Z?]+)\]/.exec(stdout)?.[1] ?? '')].map((letter) => `-${letter}`);
      const help = ['--help', '--usage', '--version', '-?', '-V'];
      const dropped = [...help, ...gone, ...(goneFrom[program.name] ?? [])];
      const expected = [...longs, ...letters, ...flags].filter((form) => !dropped.includes(form));
      expect(expected.length).toBeGreaterThan(15);
      expect(formsOf(program)).toEqual(expect.arrayContaining(expected));
    },
  );
});
