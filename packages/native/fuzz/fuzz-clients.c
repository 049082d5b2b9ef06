/*
 * A fuzzer (libFuzzer) for conversations with a sleeping agent, the encrypted ones above all: the exchange of keys, where a message
 * ends, whether it is decrypted, and what is encrypted in return (../assembly/sleeper-clients.ts, ../host/cipher.c). It plays the
 * system and a client with a key pair, and ends with abort() if the agent breaks a promise.
 *
 * An input is a header, and what the client says:
 *   0  the door
 *   1  how it says that: see `enum form`
 *   2  how much of its public key arrives in the first piece, in 255ths
 *   3  how much of its message does
 *   4  the time on the clocks, in tens of seconds
 *   5  after which of the four pieces another program goes on with it: bits
 *   6  how many bytes the client takes at a time; 0 for all
 *   7  the character of the message that is changed, from its end, and
 *   8  by how much
 */
#include "one-client.h"

#include "crypto_box_curve25519xsalsa20poly1305.h"
#include "crypto_scalarmult_curve25519.h"
#include "utils.h"

enum form {
  /* All bytes that are sent are the input's: the key, too. */
  RAW,
  /* After a sound public key, the message is the input's. */
  MESSAGE,
  /* The input's bytes are encrypted. */
  REQUEST,
  /* ... then a character of the message is changed. */
  CHANGED,
  /* ... with a password behind them. */
  PASSWORD,
  FORMS,
};

enum { HEADER_BYTES = 9 };

#define A_PASSWORD "\xfd-a-password-"
static const size_t a_password_size = sizeof A_PASSWORD - 1;

static unsigned char common_key[COMMON_KEY_BYTES];
static char client_public[PUBLIC_KEY_BYTES], agent_public[PUBLIC_KEY_BYTES];

/* What became of a request. */
struct outcome {
  enum { WAITS, LEFT_TO_NODE, ANSWERED } end;
  uint8_t text[MOST_BYTES];
  size_t size;
};

/* Another program goes on with the client, perhaps the Node program: it has to get the key, and all that was read. */
static void move_on(const unsigned char *key) {
  enum { KEY_SIZE_AT = 5 + 16, KEY_AT = KEY_SIZE_AT + 4 };
  client.is_kept = true;
  u32 size = Z_programZ_handOn(&program);
  client.is_kept = false;
  if (size < KEY_AT) abort();
  uint8_t *frame = malloc(size);
  memcpy(frame, at(Z_programZ_handedOnStart(&program), size), size);
  u32 key_size;
  memcpy(&key_size, frame + KEY_SIZE_AT, sizeof key_size);
  if (key_size != (client.has_key ? COMMON_KEY_BYTES : 0)) abort();
  if (client.has_key && key != NULL && memcmp(frame + KEY_AT, key, key_size) != 0) abort();
  if (size - KEY_AT - key_size != client.read_size) abort();
  if (memcmp(frame + KEY_AT + key_size, client.read, client.read_size) != 0) abort();
  take_frames(frame, size);
  free(frame);
}

/* The client sends a piece. Returns whether it is for the Node program then. */
static bool say(const uint8_t *bytes, size_t size) {
  client.piece = bytes;
  client.piece_size = size;
  bool is_for_node;
  size_t before;
  do {
    before = client.written_size - client.piece_size;
    is_for_node = Z_programZ_round(&program);
  } while (!is_for_node && !client.is_closed && before != client.written_size - client.piece_size);
  return is_for_node;
}

struct text {
  const uint8_t *bytes;
  size_t size, cut;
};

/* Says both texts in two pieces each. `key` is the common key, where it is known. */
static struct outcome converse(struct text first, struct text message, u32 moves, size_t takes, const unsigned char *key) {
  memset(&client, 0, sizeof client);
  client.is_connected = true;
  client.takes = takes;
  next_random = 0;
  const struct text texts[] = {first, message};
  bool is_for_node = false;
  for (size_t index = 0; index < 2; index++) {
    const struct text text = texts[index];
    if (!is_for_node && !client.is_closed && text.cut > 0) is_for_node = say(text.bytes, text.cut);
    bool is_moving = (moves >> (2 * index) & 1) != 0;
    if (!is_for_node && !client.is_closed && client.is_accepted && is_moving) move_on(key);
    if (!is_for_node && !client.is_closed) is_for_node = say(text.bytes + text.cut, text.size - text.cut);
    is_moving = (moves >> (2 * index + 1) & 1) != 0;
    if (!is_for_node && !client.is_closed && client.is_accepted && is_moving) move_on(key);
  }
  struct outcome outcome = {.end = is_for_node ? LEFT_TO_NODE : client.is_closed ? ANSWERED : WAITS};
  size_t key_size = client.has_key ? PUBLIC_KEY_CHARACTERS : 0;
  if (outcome.end != ANSWERED && client.written_size != key_size) abort();
  outcome.size = client.written_size - key_size;
  memcpy(outcome.text, client.written + key_size, outcome.size);
  /* No client is left. */
  if (!client.is_closed && client.is_accepted) {
    if (outcome.end == LEFT_TO_NODE) move_on(key);
    client.is_kept = true;
    Z_programZ_handOn(&program);
  }
  return outcome;
}

/* Decrypts an answer, which has to be in the one form that there is for it. */
static void decrypt(struct outcome *outcome) {
  char *end;
  size_t size = strtoul((char *)outcome->text, &end, 10);
  char length[16];
  int digits = sprintf(length, "%zu:", size);
  if (size > MOST_BYTES || memcmp(outcome->text, length, (size_t)digits) != 0) abort();
  if (outcome->size != (size_t)digits + cipher_sealed_characters(size)) abort();
  uint8_t *plain = malloc(cipher_opened_bytes(size));
  if (!cipher_open(common_key, (char *)outcome->text + digits, size, plain)) abort();
  memcpy(outcome->text, plain, size);
  outcome->size = size;
  free(plain);
}

static void base64(char *to, const unsigned char *key) {
  sodium_bin2base64(to, PUBLIC_KEY_BYTES, key, 32, sodium_base64_VARIANT_ORIGINAL);
}

/* Both sides' keys: those of the agent are made of the first random bytes. */
static void make_keys(void) {
  unsigned char secret[32], public[32];
  for (size_t index = 0; index < sizeof secret; index++) secret[index] = (unsigned char)(200 - index);
  crypto_scalarmult_curve25519_base(public, secret);
  base64(client_public, public);
  unsigned char agent_secret[32];
  next_random = 0;
  getrandom(agent_secret, sizeof agent_secret, 0);
  crypto_scalarmult_curve25519_base(public, agent_secret);
  base64(agent_public, public);
  if (crypto_box_curve25519xsalsa20poly1305_beforenm(common_key, public, secret) != 0) abort();
}

static bool names_question(const uint8_t *request, size_t size) {
  static const char *const names[] = {"\"access_token\"", "\"check\"", "\"loaded_accounts\"", "\"status_json\""};
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    if (memmem(request, size, names[index], strlen(names[index])) != NULL) return true;
  }
  return false;
}

static bool is_same(const struct outcome *one, const struct outcome *other) {
  return one->end == other->end && one->size == other->size && memcmp(one->text, other->text, one->size) == 0;
}

static void try_raw(const uint8_t *input, const uint8_t *bytes, size_t size) {
  const struct text text = {bytes, size, size * input[3] / 255}, nothing = {(const uint8_t *)"", 0, 0};
  struct outcome outcome = converse(text, nothing, input[5] & 1, input[6], NULL);
  if (!client.has_key) check(outcome.text, outcome.size, door_asked, now, bytes, size);
}

static void try_encrypted(const uint8_t *input, const uint8_t *bytes, size_t size) {
  static uint8_t request[MOST_BYTES];
  static char message[2 * MOST_BYTES];
  enum form form = input[1] % FORMS;
  size_t password_size = form == PASSWORD ? a_password_size : 0;
  size_t request_size = size + password_size;
  if (request_size > sizeof request) return;
  memcpy(request, bytes, size);
  memcpy(request + size, A_PASSWORD, password_size);
  size_t message_size = size;
  if (form == MESSAGE) memcpy(message, bytes, size);
  else message_size = cipher_seal(common_key, request, request_size, message);
  if (form == CHANGED) message[message_size - 1 - input[7] % message_size] += (char)input[8];

  const struct text key = {(uint8_t *)client_public, PUBLIC_KEY_CHARACTERS, PUBLIC_KEY_CHARACTERS * input[2] / 255};
  const struct text sealed = {(uint8_t *)message, message_size, message_size * input[3] / 255};
  const struct text whole_key = {key.bytes, key.size, 0}, whole = {sealed.bytes, sealed.size, 0};
  struct outcome outcome = converse(whole_key, whole, 0, 0, common_key);
  if (!client.has_key || memcmp(client.written, agent_public, PUBLIC_KEY_CHARACTERS) != 0) abort();
  struct outcome in_pieces = converse(key, sealed, input[5] % 16, input[6], common_key);
  if (!is_same(&outcome, &in_pieces)) abort();
  if (outcome.end != ANSWERED) return;
  bool is_changed = form == CHANGED && input[8] != 0;
  if (form == MESSAGE || is_changed) abort();
  /* It is the answer that a client gets without encryption. */
  decrypt(&outcome);
  check(outcome.text, outcome.size, door_asked, now, request, request_size);
  const struct text plain = {request, request_size, 0}, nothing = {(const uint8_t *)"", 0, 0};
  struct outcome in_plain = converse(plain, nothing, 0, 0, NULL);
  if (!is_same(&outcome, &in_plain)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
  if (size < HEADER_BYTES || size > MOST_BYTES || holds_secret(input, size)) return 0;
  const uint8_t *bytes = input + HEADER_BYTES;
  size_t bytes_size = size - HEADER_BYTES;
  if (holds(bytes, bytes_size, A_PASSWORD, a_password_size)) return 0;

  if (client_public[0] == 0) make_keys();
  begin_module();
  for (u32 door = 0; door < DOORS; door++) Z_programZ_setSocket(&program, door, LISTENER_FD + door);
  leave_answers();
  door_asked = input[0] % DOORS;
  now = input[4] * 10.0;
  enum form form = input[1] % FORMS;
  if (form == RAW) try_raw(input, bytes, bytes_size);
  else try_encrypted(input, bytes, bytes_size);
  Z_programZ_forget(&program);
  /* What held a token, a key or a password is wiped. A request that names a question is read as a text, which is not. */
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (holds_secret(memory->data, memory->size) || holds(memory->data, memory->size, common_key, sizeof common_key)) abort();
  bool is_secret = form == PASSWORD && !names_question(bytes, bytes_size);
  if (is_secret && holds(memory->data, memory->size, A_PASSWORD, a_password_size)) abort();
  Z_program_free(&program);
  return 0;
}
