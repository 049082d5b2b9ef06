/**
 * The target of a request with one slash for each run of slashes in its path. IAM takes `//userinfo` for `/userinfo`, and some
 * clients depend on it: scitokens-cpp asks for the issuer, which ends in a slash, followed by `/.well-known/...`.
 *
 * jeton-iam does this before anything else looks at the target: so each check of a path covers its other spellings, and no
 * redirect goes to `//host`, which a browser takes for another server.
 */
export function withSingleSlashes(target: string): string {
  const [path = ''] = target.split('?', 1);
  // A target that begins otherwise is a whole URL (RFC 9112 section 3.2.2), or `*`.
  return path.startsWith('/') ? path.replace(/\/{2,}/g, '/') + target.slice(path.length) : target;
}
