import type { Context } from 'koa';

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;

/**
 * Whether a request comes from a program on this machine: not through a proxy, and not from a web page whose
 * host name leads to loopback (DNS rebinding), which the `Host` of the request shows.
 */
export function isLocal(ctx: Context): boolean {
  const isForwarded = ['Forwarded', 'X-Forwarded-For'].some((header) => ctx.get(header) !== '');
  const isLoopbackName = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i.test(ctx.get('Host'));
  return LOOPBACK_ADDRESS.test(ctx.req.socket.remoteAddress ?? '') && isLoopbackName && !isForwarded;
}
