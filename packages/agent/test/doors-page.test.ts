/** What docs/protocol.md says of each request and of each door is what the agent goes by. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { requestNames } from '@jeton/protocol';
import { expect, test } from 'vitest';
import { admit, effects, groupDoor, ownerDoor } from '../src/daemon/socket/door.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/protocol.md'), 'utf8');
const [, chapter = ''] = /\n## Who may ask what\n(.*?)\n## /s.exec(page) ?? [];
const [requests = '', meanings = ''] = chapter.split('What a request may do:');

function isAdmitted(...[name, door]: Parameters<typeof admit>): boolean {
  try {
    admit(name, door);
    return true;
  } catch {
    return false;
  }
}

test('the table says of each request what it may do, and whether a member of a group may ask for it', () => {
  const rows = [...requests.matchAll(/^\| `(\w+)` \| (.*) \| (yes|no) \|$/gm)].map((row) => row.slice(1));
  expect(rows).toEqual(
    Object.entries(effects).map(([name, may]) => {
      const request = requestNames.find((candidate) => candidate === name) ?? 'check';
      return [name, may.join(', '), isAdmitted(request, groupDoor('physics')) ? 'yes' : 'no'];
    }),
  );
  expect(rows.map(([name]) => name).sort()).toEqual([...requestNames].sort());
});

test('everything that a request may do has its meaning', () => {
  const named = [...meanings.matchAll(/^\| ([a-z, -]+) \| /gm)].flatMap(([, names = '']) =>
    names.split(', '),
  );
  expect([...new Set(Object.values(effects).flat())].sort()).toEqual(named.sort());
});

test('no request is without an effect, and the owner may ask for each', () => {
  for (const name of requestNames) {
    expect(effects[name], name).not.toEqual([]);
    expect(isAdmitted(name, ownerDoor), name).toBe(true);
  }
});
