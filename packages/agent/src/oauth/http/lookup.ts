import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

// A name server that is silent has 5 s from the system (resolv.conf(5)): all the time that there is for a connection. With 2 s
// the next one is asked in time, and a thread that nobody waits for any more is soon free.
process.env.RES_OPTIONS ??= 'timeout:2';

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
const waiting = new Map<string, Answer[]>();

/**
 * Looks up the addresses of a host for a connection, once for all who wait for the same.
 *
 * Node asks the system in one of few threads, and nothing ends that: where the name service does not answer, all who want
 * this host would soon have taken them all, and no other host could be looked up.
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
