import type { Context, Middleware } from 'koa';
import { parseScope } from '../../tokens/scopes.ts';
import { requestInProgress } from '../request-in-progress.ts';
import type { Faults } from '../rules.ts';

/** Changes the status and the members of JSON answers by the rules. */
export function answerMembers(issuer: string): Middleware {
  return async (ctx, next) => {
    await next();
    const faults = requestInProgress(ctx)?.faults;
    const body: unknown = ctx.body;
    if (faults === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return;
    if (ctx.status >= 400) changeError(ctx, body, faults);
    else changeSuccess(ctx, body, faults, issuer);
  };
}

function changeSuccess(ctx: Context, body: object, faults: Faults, issuer: string): void {
  const { omit, rename = {}, as_text, scope_names, interval, success_status: status, add = {} } = faults;
  const isLeftOut = parseScope(omit);
  const isText = parseScope(as_text);
  const withInterval = interval === undefined ? body : { ...body, interval };
  const kept = Object.entries(withInterval)
    .filter(([name]) => !isLeftOut.includes(name))
    .map(([name, value]) => [
      rename[name] ?? name,
      name === 'scope' ? renamedScopes(value, scope_names) : value,
    ]);
  const added = Object.entries(add).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll('$issuer', () => issuer) : value,
  ]);
  const members = [...kept, ...added].map(([name, value]) => [
    name,
    typeof value === 'number' && isText.includes(name) ? String(value) : value,
  ]);
  ctx.body = Object.fromEntries(members);
  if (status !== undefined) ctx.status = status;
}

function renamedScopes(scope: unknown, names: Readonly<Record<string, string>> = {}): unknown {
  if (typeof scope !== 'string') return scope;
  const renamed = parseScope(scope).map((one) => names[one] ?? one);
  return renamed.filter((one) => one !== '').join(' ');
}

function changeError(ctx: Context, body: object, { errors = {} }: Faults): void {
  const error = 'error' in body ? String(body.error) : '';
  const { status = ctx.status, ...members } = { ...errors.any, ...errors[error] };
  ctx.body = { ...body, ...members };
  ctx.status = status;
  if (status !== 401) ctx.remove('WWW-Authenticate');
}
