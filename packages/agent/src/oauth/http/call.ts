/** The common part of all requests: the issuer and the deadline. */
export interface Call {
  /** The issuer that a failure is reported for. */
  issuer: string;
  /** The PEM file or folder with the certificate authorities to trust instead of the system's. */
  certPath?: string | undefined;
  /** The host to which the account may speak plain http; see `insecure-http.ts`. */
  insecureHttp?: string | undefined;
  /** Ends the request early; it then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds for the whole exchange, 30 s when absent. */
  deadline?: number | undefined;
  /** Called when the request starts to be written: from then on the issuer may have got it. */
  onSent?: (() => void) | undefined;
  /** Called with the whole text of an answer, as soon as it has arrived; `isOk` for a status from 200 to 299. */
  onText?: ((text: string, isOk: boolean) => void) | undefined;
}
