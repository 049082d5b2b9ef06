// Declares functions of sodium-native that its types lack.
import 'sodium-native';

declare module 'sodium-native' {
  export const crypto_stream_salsa20_NONCEBYTES: number;
  /** Fills `stream` with the key stream of Salsa20 from its first block on. */
  export function crypto_stream_salsa20(stream: Buffer, nonce: Buffer, key: Buffer): void;
}
