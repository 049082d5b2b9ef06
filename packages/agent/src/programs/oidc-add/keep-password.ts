import type { PasswordSource } from '../../accounts/passwords/passwords.ts';
import type { Secret } from '../../secret.ts';
import type { KeptPassword } from '../password-options.ts';

/** A source of passwords that knows which one was right. */
interface KeepingSource extends PasswordSource {
  /**
   * @param wish `--pw-store`: whether to keep the password, or for how many seconds
   * @returns undefined without such a wish, and when the file needed no password
   */
  kept(wish: number | boolean): KeptPassword | undefined;
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
    kept: (wish) =>
      wish === false || last === undefined
        ? undefined
        : { password: last, seconds: wish === true ? undefined : wish },
  };
}
