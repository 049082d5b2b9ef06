/* See cipher.h. Everything cryptographic is libsodium's (../libsodium). */
#include "cipher.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "crypto_box_curve25519xsalsa20poly1305.h"
#include "crypto_secretbox.h"
#include "randombytes.h"
#include "runtime.h"
#include "utils.h"

enum {
  NONCE_CHARACTERS = 32,
  /* The decimal length of a message and the colon behind it, at most. */
  LENGTH_CHARACTERS = 8,
  /* More than libsodium's functions take. */
  STACK_BYTES = 4096,
};

_Static_assert(COMMON_KEY_BYTES == crypto_box_curve25519xsalsa20poly1305_BEFORENMBYTES, "as libsodium has it");

/* Where libsodium gets its random bytes from. */
void randombytes_buf(void *const to, const size_t size) {
  unsigned char *bytes = to;
  for (size_t done = 0; done < size;) {
    ssize_t count = getrandom(bytes + done, size - done, 0);
    if (count > 0) done += (size_t)count;
    else if (errno != EINTR) end_on_defect("the system has no random bytes");
  }
}

/* What libsodium calls on arguments that it does not take. */
void sodium_misuse(void) { end_on_defect("a misuse of its cipher"); }

static size_t base64_characters(size_t bytes) { return (bytes + 2) / 3 * 4; }

/* Decodes padded base64 of exactly that many bytes. */
static bool decode(unsigned char *to, size_t bytes, const char *text) {
  size_t size = 0;
  const char *end = NULL;
  size_t characters = base64_characters(bytes);
  int outcome = sodium_base642bin(to, bytes, text, characters, NULL, &size, &end, sodium_base64_VARIANT_ORIGINAL);
  return outcome == 0 && size == bytes && end == text + characters;
}

/* Encodes as padded base64 with a NUL at its end. */
static void encode(char *to, const unsigned char *from, size_t bytes) {
  sodium_bin2base64(to, base64_characters(bytes) + 1, from, bytes, sodium_base64_VARIANT_ORIGINAL);
}

bool cipher_agree(const char *client_key, unsigned char *common_key, char *own_key) {
  unsigned char peer[crypto_box_curve25519xsalsa20poly1305_PUBLICKEYBYTES];
  unsigned char own[crypto_box_curve25519xsalsa20poly1305_PUBLICKEYBYTES];
  unsigned char secret[crypto_box_curve25519xsalsa20poly1305_SECRETKEYBYTES];
  if (!decode(peer, sizeof peer, client_key)) return false;
  crypto_box_curve25519xsalsa20poly1305_keypair(own, secret);
  bool agreed = crypto_box_curve25519xsalsa20poly1305_beforenm(common_key, peer, secret) == 0;
  sodium_memzero(secret, sizeof secret);
  /* The point that both share, which the key is made of, lay there. */
  sodium_stackzero(STACK_BYTES);
  encode(own_key, own, sizeof own);
  return agreed;
}

size_t cipher_sealed_characters(size_t plain_bytes) {
  return NONCE_CHARACTERS + 1 + base64_characters(cipher_opened_bytes(plain_bytes));
}

size_t cipher_opened_bytes(size_t plain_bytes) { return plain_bytes + crypto_secretbox_MACBYTES; }

bool cipher_open(const unsigned char *common_key, const char *sealed, size_t plain_bytes, unsigned char *plain) {
  unsigned char nonce[crypto_secretbox_NONCEBYTES];
  size_t size = cipher_opened_bytes(plain_bytes);
  bool is_open = decode(nonce, sizeof nonce, sealed) && sealed[NONCE_CHARACTERS] == ':' &&
                 decode(plain, size, sealed + NONCE_CHARACTERS + 1) &&
                 crypto_secretbox_open_easy(plain, plain, size, nonce, common_key) == 0;
  size_t kept = is_open ? plain_bytes : 0;
  sodium_memzero(plain + kept, size - kept);
  return is_open;
}

/* Behind the message is room for the NUL and for the ciphertext. */
size_t cipher_seal_bytes(size_t plain_bytes) {
  return LENGTH_CHARACTERS + cipher_sealed_characters(plain_bytes) + 1 + cipher_opened_bytes(plain_bytes);
}

size_t cipher_seal(const unsigned char *common_key, const unsigned char *plain, size_t plain_bytes, char *message) {
  unsigned char nonce[crypto_secretbox_NONCEBYTES];
  size_t size = cipher_opened_bytes(plain_bytes);
  unsigned char *cipher = (unsigned char *)message + cipher_seal_bytes(plain_bytes) - size;
  randombytes_buf(nonce, sizeof nonce);
  crypto_secretbox_easy(cipher, plain, plain_bytes, nonce, common_key);
  int length = sprintf(message, "%zu:", plain_bytes);
  encode(message + length, nonce, sizeof nonce);
  message[length + NONCE_CHARACTERS] = ':';
  encode(message + length + NONCE_CHARACTERS + 1, cipher, size);
  return (size_t)length + cipher_sealed_characters(plain_bytes);
}
