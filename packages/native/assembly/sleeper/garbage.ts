/** Requests between two collections: each leaves about 2 KiB. */
const REQUESTS_TO_COLLECT: i32 = 64;

let collectedAt: i32 = 0;
let requestsBefore: i32 = 0;

/** Collects garbage after some requests, and in a round without any. @param requests how many there were so far */
export function collectGarbage(requests: i32): void {
  if (requests - collectedAt >= REQUESTS_TO_COLLECT || requests === requestsBefore) {
    collectedAt = requests;
    __collect();
  }
  requestsBefore = requests;
}
