import type { Context } from 'koa';
import { ApiError } from '../../errors.ts';

const DEFAULT_COUNT = 10;
const MAX_COUNT = 100;

/**
 * One page of a list, as in IAM. The query has the number of members (`count`, 10 by default, at most 100) and the index of the first
 * one (`startIndex`, from 1).
 * @throws ApiError 400 if these are not numbers
 */
export function pageOf<T>(ctx: Context, members: readonly T[], view: (member: T) => unknown) {
  const count = Math.min(MAX_COUNT, Math.max(0, numberIn(ctx, 'count') ?? DEFAULT_COUNT));
  const startIndex = Math.max(1, numberIn(ctx, 'startIndex') ?? 1);
  const page = members.slice(startIndex - 1, startIndex - 1 + count);
  return {
    totalResults: members.length,
    itemsPerPage: page.length,
    startIndex,
    Resources: page.map(view),
  };
}

function numberIn(ctx: Context, name: string): number | undefined {
  const text = ctx.query[name];
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^-?\d{1,9}$/.test(text)) {
    throw new ApiError(400, `Invalid ${name}: it must be a number`);
  }
  return Number(text);
}
