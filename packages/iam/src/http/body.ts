import type { Context } from 'koa';
import { ApiError, EmptyError, OAuthError } from '../errors.ts';

/** The most that a request body may hold, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

const texts = new WeakMap<Context, Promise<string>>();

/**
 * The body of a request as text, however often it is asked for.
 * @throws OAuthError 413 when it is longer than 64 KiB, and EmptyError 400 when the client goes away before all of it has come.
 */
export function readText(ctx: Context): Promise<string> {
  const text = texts.get(ctx) ?? receiveText(ctx);
  texts.set(ctx, text);
  return text;
}

async function receiveText(ctx: Context): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // The stream stays open on an early exit, so that the answer still reaches the client.
    for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        ctx.set('Connection', 'close');
        throw new OAuthError(413, 'invalid_request', 'The request body is too large');
      }
      chunks.push(chunk);
    }
  } catch (error) {
    // A client that has gone away before its request was complete is no failure of this server.
    throw ctx.req.destroyed && !ctx.req.complete ? new EmptyError(400) : error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The fields of a form. Text that is not percent-encoded, as oidc-agent sends it, is taken as it is. */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  return new URLSearchParams(await readText(ctx));
}

/** Has whatever reads the form of a request from now on read another one. */
export function replaceForm(ctx: Context, form: URLSearchParams): void {
  texts.set(ctx, Promise.resolve(form.toString()));
}

/** @throws ApiError 400 when the body is not JSON. */
export async function readJson(ctx: Context): Promise<unknown> {
  const text = await readText(ctx);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 'The request body is not valid JSON');
  }
}
