import type { Middleware } from 'koa';
import type { Store } from './store.ts';

/** Makes lasting what a request has changed before its answer leaves, so that no client relies on what may be lost. */
export function commitState(store: Store): Middleware {
  return async (_, next) => {
    try {
      await next();
    } finally {
      store.commit();
    }
  };
}
