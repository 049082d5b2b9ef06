// What the bundled programs have in place of two of Node's globals (build.js): Node loads a further copy of undici when a program
// first uses one of those, which takes as long as the rest of a request to an issuer.
/** @import { Headers, Response } from 'undici' */

export const fetchClasses = {
  /** @returns {typeof Headers} */
  get Headers() {
    return require('undici').Headers;
  },
  /** @returns {typeof Response} */
  get Response() {
    return require('undici').Response;
  },
};
