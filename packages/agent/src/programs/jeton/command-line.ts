import { defineProgram } from '@jeton/client/options';

export const program = defineProgram({
  name: 'jeton',
  argsDoc: 'inspect [FILE]',
  doc: 'Look into an access token: its claims, and with an issuer whether its signature is good. Reads FILE, or standard input',
  positionals: { min: 1, max: 2 },
  options: {
    'General:': {
      issuer: {
        aliases: ['iss'],
        arg: 'ISSUER_URL',
        doc: 'Verify the token by the keys of this issuer',
      },
      'cert-path': {
        aliases: ['cp'],
        arg: 'FILE',
        doc: 'A PEM file with the certification authorities to trust',
      },
      json: { doc: 'Print header and claims as JSON' },
    },
  },
});
