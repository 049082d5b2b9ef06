import type { Middleware } from 'koa';
import type { Store } from './store.ts';

/** Stores the changes of a request before its answer is sent, so that no client relies on data that could be lost. */
export function commitState(store: Store): Middleware {
  return async (_, next) => {
    try {
      await next();
    } finally {
      store.commit();
    }
  };
}
