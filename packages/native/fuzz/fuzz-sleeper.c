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
#include <stdlib.h>

#include "program.h"

static Z_program_instance_t program;

static void *at(u32 address, u32 size) {
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (size > memory->size || address > memory->size - size) abort();
  return memory->data + address;
}

#include "ready-answers.h"

enum { HEADER_BYTES = 4 };

static u32 receive(const uint8_t *bytes, size_t size) {
  if (size > 0) memcpy(at(Z_programZ_requestRoom(&program, (u32)size), (u32)size), bytes, size);
  return Z_programZ_receive(&program, (u32)size);
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
  leave_answers();
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
