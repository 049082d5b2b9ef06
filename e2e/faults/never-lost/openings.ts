/** How a client says how the agent can open the account file. */
import { FileKey } from '../../../packages/agent/src/accounts/format/crypt.ts';
import { Secret } from '../../../packages/agent/src/secret.ts';
import { PASSWORD } from '../../support/agent/accounts.ts';
import { hasDebianSuite } from '../../support/computer/programs.ts';

export const key = FileKey.derive(new Secret(PASSWORD));
const wrongKey = FileKey.derive(new Secret('wrong'));

const openings: Record<string, (passwordFile: string) => Promise<object>> = {
  key: async () => ({ file_key: (await key).toText() }),
  password: async () => ({ pw_entry: { type: 1, password: PASSWORD } }),
  command: async () => ({ pw_entry: { type: 4, command: `echo '${PASSWORD}'` } }),
  'a password file': async (passwordFile) => ({ pw_entry: { type: 8, pw_file: passwordFile } }),
  nothing: async () => ({}),
  'a wrong key': async () => ({ file_key: (await wrongKey).toText() }),
  'a wrong password': async () => ({ pw_entry: { type: 1, password: 'wrong' } }),
};

/** A program that decrypts the file itself, says how to open it again, and asks for a token at once. */
export const C_PROGRAM = 'oidc-add of the C suite';

export const openingNames = [...Object.keys(openings), ...(hasDebianSuite ? [C_PROGRAM] : [])];

/** The members of an `add` request by which the agent can open the file. */
export async function openingOf(name: string, passwordFile: string): Promise<object> {
  return (await openings[name]?.(passwordFile)) ?? {};
}
