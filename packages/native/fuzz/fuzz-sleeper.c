/*
 * A fuzzer (libFuzzer) for what a sleeping agent decides: how it reads what the Node program leaves behind, where a request ends,
 * what the request means, and which answer it gets (../assembly/sleeper-answers.ts). It ends with abort() if the agent breaks a
 * promise.
 *
 * An input is a header, frames that come after those below, and a request:
 *   0  the door
 *   1  how much of the request arrives in the first piece, in 255ths
 *   2  the time on the clocks, in tens of seconds
 *   3  the size of the frames in 16ths of what follows
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "runtime.h"

enum { HEADER_BYTES = 4, DOORS = 2, ENTRY = 15, FIXED = 16 };

/*
 * Every answer below ends with it and a letter. It is in no text, and an input that holds it is not tried. In front of it is what
 * an allocator may write into memory that was given back.
 */
#define SECRET "\xfe-a-token-"
#define BEFORE "at the beginning of it: "
static const size_t secret_size = sizeof SECRET - 1, before_size = sizeof BEFORE - 1;

/* Answers that are ready, and where and how long they are. */
struct answer {
  char letter;
  u32 doors;
  double ends;
  const char *question;
};
static const struct answer answers[] = {
    {'a', 1, 1000, "\"access_token\""},
    {'b', 3, 500, "\"access_token\""},
    {'c', 3, 1e9, "\"loaded_accounts\""},
    {'d', 1, 1000, "\"status_json\""},
};

static Z_program_instance_t program;

static void *at(u32 address, u32 size) {
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (size > memory->size || address > memory->size - size) abort();
  return memory->data + address;
}

/* By hand, as the fuzzer would learn the secret from what memmem or memcmp look for. */
__attribute__((no_sanitize("coverage"))) static bool holds_secret(const uint8_t *bytes, size_t size) {
  const uint8_t *end = bytes + size;
  const uint8_t *place = bytes;
  while ((place = memchr(place, SECRET[0] & 0xff, (size_t)(end - place))) != NULL) {
    size_t same = 0;
    while (same < secret_size && place + same < end && place[same] == (uint8_t)SECRET[same]) same++;
    if (same == secret_size) return true;
    place++;
  }
  return false;
}

void end_on_defect(const char *reason) {
  fprintf(stderr, "%s\n", reason);
  abort();
}

/* A frame in the making. */
static uint8_t made[512];
static size_t made_size;

static void put(const void *bytes, size_t size) {
  if (size > sizeof made - made_size) abort();
  memcpy(made + made_size, bytes, size);
  made_size += size;
}

static void put_u32(u32 value) { put(&value, sizeof value); }
static void put_f64(double value) { put(&value, sizeof value); }

static void put_text(const char *text) {
  put_u32((u32)strlen(text));
  put(text, strlen(text));
}

static void take_frames(const uint8_t *bytes, size_t size) {
  if (size > 0) memcpy(at(Z_programZ_frameRoom(&program, (u32)size), (u32)size), bytes, size);
  Z_programZ_takeFrames(&program, (u32)size);
}

static void begin_frame(void) {
  made_size = 0;
  put_u32(0);
  put("", 1);
}

/* The answer goes to the end of it. */
static void end_frame(uint8_t kind, const struct answer *answer) {
  put(BEFORE, before_size);
  put(SECRET, secret_size);
  put(&answer->letter, 1);
  u32 size = (u32)made_size - 5;
  memcpy(made, &size, sizeof size);
  made[4] = kind;
  take_frames(made, made_size);
}

static void take_entry(const struct answer *answer, const char *issuer, const char *key) {
  begin_frame();
  put_u32(0);
  put_u32(answer->doors);
  put_f64(answer->ends);
  put_f64(answer->ends);
  put_f64(10);
  put_f64(0);
  put_f64(INFINITY);
  put_f64(INFINITY);
  put_text("wlcg");
  put_text(issuer);
  put_text(key);
  end_frame(ENTRY, answer);
}

static void take_fixed(const struct answer *answer, u32 question, u32 ends_with_use) {
  begin_frame();
  put_u32(question);
  put_u32(answer->doors);
  put_u32(ends_with_use);
  put_f64(answer->ends);
  put_f64(answer->ends);
  end_frame(FIXED, answer);
}

static u32 receive(const uint8_t *bytes, size_t size) {
  if (size > 0) memcpy(at(Z_programZ_requestRoom(&program, (u32)size), (u32)size), bytes, size);
  return Z_programZ_receive(&program, (u32)size);
}

/* An answer of ours is for its question, its doors and its time. */
static void check(const uint8_t *given, size_t size, u32 door, double now, const uint8_t *request, size_t request_size) {
  if (size != before_size + secret_size + 1 || !holds_secret(given, size)) return;
  for (size_t index = 0; index < sizeof answers / sizeof *answers; index++) {
    const struct answer *answer = &answers[index];
    if (answer->letter != (char)given[size - 1]) continue;
    if ((answer->doors >> door & 1) == 0 || now >= answer->ends) abort();
    if (memmem(request, request_size, answer->question, strlen(answer->question)) == NULL) abort();
    return;
  }
  abort();
}

static void ask(const uint8_t *request, size_t size, size_t first_size, u32 door, double now) {
  /* Wherever a request is cut, it ends at the same place. */
  u32 end = receive(request, size);
  Z_programZ_forgetRequest(&program);
  u32 end_in_pieces = receive(request, first_size);
  if (end_in_pieces == 0) end_in_pieces = receive(request + first_size, size - first_size);
  if (end != end_in_pieces) abort();
  if ((int)end <= 0) return;
  if (end > size) abort();
  int answer_size = (int)Z_programZ_answer(&program, door, now, now);
  if (answer_size < 0) return;
  u32 start = Z_programZ_answerStart(&program);
  check(at(start, (u32)answer_size), (size_t)answer_size, door, now, request, end);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
  if (size < HEADER_BYTES || holds_secret(input, size)) return 0;
  const uint8_t *frames = input + HEADER_BYTES;
  size_t rest = size - HEADER_BYTES;
  size_t frames_size = rest * (input[3] % 16) / 16;
  const uint8_t *request = frames + frames_size;
  size_t request_size = rest - frames_size;

  static bool is_ready;
  if (!is_ready) Z_program_init_module();
  is_ready = true;
  Z_program_instantiate(&program);
  take_entry(&answers[0], "https://issuer/", "\n");
  take_entry(&answers[1], "", "a b\nx y");
  take_fixed(&answers[2], 1, 0);
  take_fixed(&answers[3], 2, 1);
  take_frames(frames, frames_size);
  Z_programZ_fallAsleep(&program);
  ask(request, request_size, request_size * input[1] / 255, input[0] % DOORS, input[2] * 10.0);
  Z_programZ_forgetRequest(&program);
  Z_programZ_forgetAnswers(&program);
  /* What held a token is wiped. */
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (holds_secret(memory->data, memory->size)) abort();
  Z_program_free(&program);
  return 0;
}
