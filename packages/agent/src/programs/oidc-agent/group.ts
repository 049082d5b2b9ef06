import { readFileSync } from 'node:fs';
import { run } from '../../accounts/passwords/run-command.ts';
import type { Group } from '../../daemon/settings.ts';
import { systemErrorCode } from '../../files/system-error.ts';
import { ProgramError } from '../../terminal/run.ts';

/** The group of `--with-group` without a name. */
const DEFAULT_NAME = 'oidc-agent';

/**
 * Finds a group of the system for a socket.
 *
 * @throws ProgramError if the group does not exist, or if this user is no member
 */
export async function findGroup(given: string | true): Promise<Group> {
  const name = given === true ? DEFAULT_NAME : given;
  const id = await groupId(name);
  if (id === undefined) {
    throw new ProgramError('Group does not exist', [`there is no group '${name}'; list your groups: groups`]);
  }
  if (process.getuid?.() !== 0 && process.getgid?.() !== id && !process.getgroups?.().includes(id)) {
    throw new ProgramError(`You are not a member of the group '${name}'`, [
      'you can give the socket only to a group of yours; list your groups: groups',
    ]);
  }
  return { name, id };
}

async function groupId(name: string): Promise<number | undefined> {
  const entry = (await entries(name)).find(([candidate]) => candidate === name);
  return entry?.[2] === undefined ? undefined : Number(entry[2]);
}

/** Reads groups from getent, which also knows the groups of a directory service; without getent, from the file. */
async function entries(name: string): Promise<string[][]> {
  let text: string;
  try {
    text = (await run('getent', ['group', '--', name], { input: '', stderr: 'pipe' })).stdout;
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    text = readFileSync('/etc/group', 'utf8');
  }
  return text.split('\n').map((line) => line.split(':'));
}
