import type { Difference, Scenario } from '../scenario.ts';

const ours = (name: string): Difference => ({
  id: 'version',
  by: 'programs',
  c: [`> ${name} 4.2.6`],
  ours: [`> ${name} 5.3.3 (jeton 0.1.0)`],
});

const withCommand: Difference = {
  id: 'help',
  by: 'programs',
  c: ['> Usage: oidc-agent [OPTION...] '],
  ours: ['> Usage: oidc-agent [OPTION...] [COMMAND [ARGUMENT...]]'],
};

/** The options that all programs have. */
export const everyProgram: readonly Scenario[] = ['oidc-agent', 'oidc-gen', 'oidc-add', 'oidc-token'].flatMap(
  (name): Scenario[] => [
    {
      name: `${name} -V, --version`,
      accounts: [],
      run: [`${name} -V`, `${name} --version`],
      differs: [ours(name), ours(name)],
    },
    {
      name: `${name} -?, -h, --help`,
      accounts: [],
      run: ['-?', '-h', '--help'].map((option) => `${name} ${option} | head -1`),
      differs: name === 'oidc-agent' ? [withCommand, withCommand, withCommand] : [],
    },
    {
      name: `${name} --usage`,
      accounts: [],
      run: [`${name} --usage | grep -c Usage`],
    },
  ],
);
