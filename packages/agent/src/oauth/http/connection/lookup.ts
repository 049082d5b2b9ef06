import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

// The system gives a silent name server 5 s (resolv.conf(5)): the whole deadline for a connection. With 2 s it asks the
// next server in time, and soon frees a thread that no request needs.
process.env.RES_OPTIONS ??= 'timeout:2';

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
const waiting = new Map<string, Answer[]>();

/**
 * Looks up the addresses of a host for a connection, once for all concurrent callers.
 *
 * Node asks the system in one of few threads, and cannot cancel that: without an answer from the name service, requests
 * for one host would soon occupy all threads and block the lookups of every other host.
 */
export const sharedLookup: LookupFunction = (host, options, callback) => {
  const answer: Answer = (error, addresses) => {
    if (options.all) callback(error, addresses);
    else callback(error, addresses[0]?.address ?? '', addresses[0]?.family);
  };
  const others = waiting.get(host);
  if (others !== undefined) {
    others.push(answer);
    return;
  }
  const all = [answer];
  waiting.set(host, all);
  lookup(host, { ...options, all: true }, (error, addresses) => {
    waiting.delete(host);
    for (const answer of all) answer(error, addresses);
  });
};
