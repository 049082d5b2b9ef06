import { USER_CODE_LENGTH } from '../../endpoints/device-code.ts';
import type { Iam } from '../../iam.ts';

/**
 * The user code that a user means: users may leave out the dashes of a code or add some. IAM's own page takes only the code itself. Two
 * codes that differ in nothing else must be typed as they are.
 */
export function userCodeFor(iam: Pick<Iam, 'deviceCodes' | 'userCodes'>, typed: string): string {
  if (iam.userCodes.get(typed.trim().toUpperCase()) !== undefined) return typed;
  const [similar, another] = [...iam.deviceCodes.values()].filter(
    ({ userCode }) => lettersOf(userCode) === lettersOf(typed),
  );
  return similar === undefined || another !== undefined ? typed : similar.userCode;
}

/** What is wrong with a code that was not found, as far as its length shows. */
export function lengthProblem(typed: string): string | undefined {
  const [all, letters] = [typed.trim().length, lettersOf(typed).length];
  if (all >= USER_CODE_LENGTH && letters <= USER_CODE_LENGTH) return undefined;
  return `Codes have ${USER_CODE_LENGTH} characters, and this one has ${all < USER_CODE_LENGTH ? all : letters}.`;
}

function lettersOf(userCode: string): string {
  return userCode.toUpperCase().replace(/[\s_-]/g, '');
}
