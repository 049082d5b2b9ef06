/*
 * The cipher of the agent that sleeps, for tests: its random bytes are given. Usage:
 *   agree RANDOM CLIENT_KEY     prints the common key and the public key to send, or "refused"
 *   open KEY SIZE SEALED        prints the plaintext, or "refused"
 *   seal KEY RANDOM PLAINTEXT   prints the message
 * Keys, random bytes and plaintexts are hexadecimal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cipher.h"
#include "runtime.h"

static unsigned char random_bytes[32];

/* In place of the system's. */
ssize_t getrandom(void *to, size_t size, unsigned flags) {
  (void)flags;
  if (size > sizeof random_bytes) abort();
  memcpy(to, random_bytes, size);
  return (ssize_t)size;
}

void end_on_defect(const char *reason) {
  fprintf(stderr, "%s\n", reason);
  exit(70);
}

static size_t from_hex(unsigned char *to, const char *text) {
  size_t size = strlen(text) / 2;
  for (size_t index = 0; index < size; index++) sscanf(text + 2 * index, "%2hhx", to + index);
  return size;
}

static void print_hex(const unsigned char *bytes, size_t size) {
  for (size_t index = 0; index < size; index++) printf("%02x", bytes[index]);
  printf("\n");
}

/* Of exactly that size, so that a sanitizer sees an access beyond it. */
static void *room(size_t size) { return malloc(size); }

int main(int count, char **words) {
  if (count < 4) return 64;
  unsigned char *key = room(COMMON_KEY_BYTES);
  if (strcmp(words[1], "agree") == 0) {
    from_hex(random_bytes, words[2]);
    char *client_key = room(PUBLIC_KEY_CHARACTERS);
    memcpy(client_key, words[3], PUBLIC_KEY_CHARACTERS);
    char *own_key = room(PUBLIC_KEY_BYTES);
    if (!cipher_agree(client_key, key, own_key)) {
      printf("refused\n");
      return 0;
    }
    print_hex(key, COMMON_KEY_BYTES);
    printf("%.*s\n", PUBLIC_KEY_CHARACTERS, own_key);
    return 0;
  }
  from_hex(key, words[2]);
  if (strcmp(words[1], "open") == 0) {
    size_t size = (size_t)atol(words[3]);
    size_t characters = cipher_sealed_characters(size);
    if (strlen(words[4]) != characters) return 64;
    char *sealed = room(characters);
    memcpy(sealed, words[4], characters);
    unsigned char *plain = room(cipher_opened_bytes(size));
    bool is_open = cipher_open(key, sealed, size, plain);
    for (size_t index = is_open ? size : 0; index < cipher_opened_bytes(size); index++) {
      if (plain[index] != 0) return 1;
    }
    if (is_open) print_hex(plain, size);
    else printf("refused\n");
    return 0;
  }
  from_hex(random_bytes, words[3]);
  size_t size = strlen(words[4]) / 2;
  unsigned char *plain = room(size);
  from_hex(plain, words[4]);
  char *message = room(cipher_seal_bytes(size));
  printf("%.*s\n", (int)cipher_seal(key, plain, size, message), message);
  return 0;
}
