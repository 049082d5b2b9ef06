import type { Context } from 'koa';
import { ApiError, EmptyError, OAuthError } from '../errors.ts';

/** The longest request body, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

const texts = new WeakMap<Context, Promise<string>>();

/**
 * The body of a request as text. Several middlewares may read it.
 * @throws OAuthError 413 if it is longer than 64 KiB, EmptyError 400 if the client disconnects before it has sent all of it
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
    // A client that disconnects early is not an internal error.
    throw ctx.req.destroyed && !ctx.req.complete ? new EmptyError(400) : error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The fields of a form. Text that is not percent-encoded, as oidc-agent sends it, is taken as it is.
 * @throws as `readText`
 */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  return new URLSearchParams(await readText(ctx));
}

/** Replaces the form of a request, for everything that reads it later. */
export function replaceForm(ctx: Context, form: URLSearchParams): void {
  texts.set(ctx, Promise.resolve(form.toString()));
}

/** @throws ApiError 400 if the body is not JSON */
export async function readJson(ctx: Context): Promise<unknown> {
  const text = await readText(ctx);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 'The request body is not valid JSON');
  }
}
