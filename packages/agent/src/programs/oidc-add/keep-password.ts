import type { PasswordSource } from '../../accounts/passwords/passwords.ts';
import type { Secret } from '../../secret.ts';
import type { KeptPassword } from '../password-options.ts';

/** A source of passwords that knows which one was right. */
interface KeepingSource extends PasswordSource {
  /**
   * @param pwStore `--pw-store`: whether to keep the password, or for how many seconds
   * @returns undefined without `--pw-store`, and when the file needed no password
   */
  kept(pwStore: number | boolean): KeptPassword | undefined;
}

/** Remembers the password that decrypted the file: the last that was tried. */
export function keepPassword(source: PasswordSource): KeepingSource {
  let last: Secret | undefined;
  return {
    ...source,
    async *forDecryption() {
      for (const passwords = source.forDecryption(); ; ) {
        last = (await passwords.next()).value;
        yield last;
      }
    },
    kept: (pwStore) =>
      pwStore === false || last === undefined
        ? undefined
        : { password: last, seconds: pwStore === true ? undefined : pwStore },
  };
}
