import * as v from 'valibot';

/** The member `description` of a policy. */
export const policyDescription = v.optional(
  v.pipe(
    v.string('the description must be a string'),
    v.maxLength(512, 'the description string must be at most 512 characters long'),
  ),
  '',
);

/** The id of a new policy: one more than the highest so far. */
export function nextId(policies: Iterable<{ readonly id: number }>): number {
  return Math.max(0, ...Array.from(policies, ({ id }) => id)) + 1;
}

/** The message of valibot for a document that is not an object or lacks a member. */
export function incomplete({ expected }: { readonly expected: string | null }): string {
  return expected === 'Object' ? 'it must be a JSON object' : `${expected} is required`.replaceAll('"', '');
}

export function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
