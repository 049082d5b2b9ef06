/*
 * The encrypted form of the wire protocol (docs/protocol.md), with libsodium. The other implementation is
 * packages/protocol/src/encryption.ts.
 */
#ifndef CIPHER_H
#define CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  /* A public key in base64. */
  PUBLIC_KEY_CHARACTERS = 44,
  /* ... with a NUL at its end. */
  PUBLIC_KEY_BYTES = PUBLIC_KEY_CHARACTERS + 1,
  COMMON_KEY_BYTES = 32,
  /* No message of either direction is longer; also in packages/protocol/src/framing.ts. */
  MAX_PLAIN_BYTES = 1024 * 1024,
};

/*
 * Makes a key pair for one connection. Writes the common key, and the public key to send, of
 * PUBLIC_KEY_BYTES. Returns false if the client's public key is malformed or a point of low order.
 */
bool cipher_agree(const char *client_key, unsigned char *common_key, char *own_key);

/* The characters of a message behind its length: nonce, colon, ciphertext. */
size_t cipher_sealed_characters(size_t plain_bytes);

/* The bytes that cipher_open needs, of which it leaves the plaintext in the first ones. */
size_t cipher_opened_bytes(size_t plain_bytes);

/*
 * Decrypts a message of a client; `sealed` has the characters behind its length, cipher_sealed_characters of them.
 * Returns false, and leaves nothing in `plain`, if it is malformed or was not made with this key.
 */
bool cipher_open(const unsigned char *common_key, const char *sealed, size_t plain_bytes, unsigned char *plain);

/* The bytes that cipher_seal needs, of which it leaves the message in the first ones. */
size_t cipher_seal_bytes(size_t plain_bytes);

/* Encrypts an answer under a random nonce. Returns how many characters the message has, its length included. */
size_t cipher_seal(const unsigned char *common_key, const unsigned char *plain, size_t plain_bytes, char *message);

#endif
