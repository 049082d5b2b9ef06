/*
 * The answers that the fuzzers of a sleeping agent leave ready in it, and what is wrong with the way in which one is given out.
 * It needs a module with `frameRoom` and `takeFrames`, with `program` and `at` as in ../host/module.h.
 */
#ifndef READY_ANSWERS_H
#define READY_ANSWERS_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generated.h"
#include "program.h"
#include "runtime.h"

enum { DOORS = 2 };

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

/* By hand, as the fuzzer would learn the text from what memmem or memcmp look for. */
__attribute__((no_sanitize("coverage"))) static bool holds(const void *bytes, size_t size, const void *text, size_t text_size) {
  const uint8_t *place = bytes, *end = place + size, *wanted = text;
  while ((place = memchr(place, wanted[0], (size_t)(end - place))) != NULL) {
    size_t same = 0;
    while (same < text_size && place + same < end && place[same] == wanted[same]) same++;
    if (same == text_size) return true;
    place++;
  }
  return false;
}

static bool holds_secret(const uint8_t *bytes, size_t size) { return holds(bytes, size, SECRET, secret_size); }

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
  end_frame(FRAME_ENTRY, answer);
}

static void take_fixed(const struct answer *answer, u32 question, u32 ends_with_use) {
  begin_frame();
  put_u32(question);
  put_u32(answer->doors);
  put_u32(ends_with_use);
  put_f64(answer->ends);
  put_f64(answer->ends);
  end_frame(FRAME_FIXED, answer);
}

static void leave_answers(void) {
  take_entry(&answers[0], "https://issuer/", "\n");
  take_entry(&answers[1], "", "a b\nx y");
  take_fixed(&answers[2], QUESTION_LOADED_ACCOUNTS, 0);
  take_fixed(&answers[3], QUESTION_STATUS_JSON, 1);
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

#endif
