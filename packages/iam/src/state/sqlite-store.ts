import { chmodSync, closeSync, openSync } from 'node:fs';
import type { Database } from 'node-sqlite3-wasm';
import { claimFile, type FileClaim } from './file-claim.ts';
import type { Store } from './store.ts';

/** The version of the format. */
const VERSION = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    map TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, expires_at REAL, PRIMARY KEY (map, key)
  );
  PRAGMA user_version = ${VERSION};
`;

/**
 * Keeps the state in an SQLite file that only its owner can read, and only one process at a time.
 * @throws Error with the file and the reason: in use, not a file of jeton-iam, of a later version, not writable
 */
export async function openSqliteStore(file: string): Promise<Store> {
  const { Database } = (await import('node-sqlite3-wasm')).default;
  try {
    const claim = claimFile(file);
    let database: Database | undefined;
    try {
      // Readable for its owner only, from its creation on and even if the file existed before.
      closeSync(openSync(file, 'a', 0o600));
      chmodSync(file, 0o600);
      database = new Database(file);
      return storeIn(database, claim);
    } catch (error) {
      database?.close();
      claim.release();
      throw error;
    }
  } catch (error) {
    throw new Error(
      `cannot keep state in ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function storeIn(database: Database, claim: FileClaim): Store {
  const version = Number(database.get('PRAGMA user_version')?.user_version);
  if (version > VERSION) throw new Error('it was written by a later version of jeton-iam');
  // No other process uses the file, and truncating the journal is cheaper than creating it again for each change.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE');
  database.exec(`BEGIN EXCLUSIVE; ${SCHEMA} COMMIT`);
  const insert = database.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM entries WHERE map = ? AND key = ?');
  const begin = () => {
    if (!database.inTransaction) database.exec('BEGIN');
  };
  const commit = () => {
    if (database.inTransaction) database.exec('COMMIT');
  };
  return {
    table: (map) => ({
      entries: () =>
        database
          .all('SELECT key, json, expires_at FROM entries WHERE map = ? ORDER BY rowid', map)
          .map(({ key, json, expires_at }) => ({
            key: String(key),
            // Only jeton-iam writes here, and the version fixes the format of the values.
            value: JSON.parse(String(json)),
            expiresAt: expires_at === null ? Number.POSITIVE_INFINITY : Number(expires_at),
          })),
      put: ({ key, value, expiresAt }) => {
        begin();
        insert.run([map, key, JSON.stringify(value), Number.isFinite(expiresAt) ? expiresAt : null]);
      },
      remove: (key) => {
        begin();
        remove.run([map, key]);
      },
    }),
    commit,
    close: () => {
      commit();
      insert.finalize();
      remove.finalize();
      // This deletes the journal.
      database.exec('PRAGMA journal_mode = DELETE');
      database.close();
      claim.release();
    },
  };
}
