/*
 * A system that consists of one input, for a fuzzer (libFuzzer): the command line, the file config, and the agent's
 * answer. It stands in for ../host, and ends with abort() if the program breaks a promise.
 *
 * An input has three parts, separated by two NULs: the arguments, each followed by a NUL; the file; and, to the end,
 * the answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "runtime.h"

enum { CONFIG_FD = 3, AGENT_FD = 4, MAX_WORDS = 64 };

static Z_program_instance_t program;
static const char *words[MAX_WORDS];
static u32 word_count;
static const char *text;
/* The unread data, by descriptor. */
static struct {
  const uint8_t *bytes;
  size_t size;
} input[5];
static size_t printed;

struct Z_host_instance_t {
  int unused;
};
typedef struct Z_host_instance_t host;

static void *at(u32 address, u32 size) {
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (size > memory->size || address > memory->size - size) abort();
  return memory->data + address;
}

static u32 found(const char *value) {
  text = value;
  return value == NULL ? (u32)-1 : (u32)strlen(value);
}

u32 Z_hostZ_argument(host *h, u32 index) {
  (void)h;
  return found(index >= 1 && index <= word_count ? words[index - 1] : NULL);
}

u32 Z_hostZ_variable(host *h, u32 name) {
  (void)h;
  const char *variable = at(name, 1);
  return found(strcmp(variable, "OIDC_SOCK") == 0 || strcmp(variable, "HOME") == 0 ? "/somewhere" : NULL);
}

void Z_hostZ_copyText(host *h, u32 to) {
  (void)h;
  memcpy(at(to, (u32)strlen(text)), text, strlen(text));
}

u32 Z_hostZ_userId(host *h) {
  (void)h;
  return 1000;
}

u32 Z_hostZ_isTerminal(host *h, u32 fd) {
  (void)h;
  (void)fd;
  return 0;
}

u64 Z_hostZ_now(host *h) {
  (void)h;
  return 0;
}

u64 Z_hostZ_timeoutSeconds(host *h) {
  (void)h;
  return 1;
}

u32 Z_hostZ_linkStatus(host *h, u32 path, u32 to) {
  (void)h;
  (void)path;
  memset(at(to, 8), 0, 8);
  return 0;
}

u32 Z_hostZ_mayRead(host *h, u32 path) {
  (void)h;
  (void)path;
  return 0;
}

u32 Z_hostZ_openFile(host *h, u32 path) {
  (void)h;
  /* The user's file; the system has none. */
  return strncmp(at(path, 5), "/etc/", 5) == 0 ? (u32)-2 : CONFIG_FD;
}

u32 Z_hostZ_connect(host *h, u32 path, u32 milliseconds) {
  (void)h;
  (void)path;
  (void)milliseconds;
  return AGENT_FD;
}

u32 Z_hostZ_read(host *h, u32 fd, u32 to, u32 size) {
  (void)h;
  /* Return two bytes or more in two pieces. */
  size_t count = input[fd].size > 1 ? input[fd].size / 2 : input[fd].size;
  if (count > size) count = size;
  if (count > 0) memcpy(at(to, size), input[fd].bytes, count);
  input[fd].bytes += count;
  input[fd].size -= count;
  return (u32)count;
}

u32 Z_hostZ_write(host *h, u32 fd, u32 from, u32 size) {
  (void)h;
  const uint8_t *bytes = at(from, size);
  if (fd == STDOUT_FILENO) printed += size;
  for (u32 index = 0; index < size; index++) {
    /* Nothing that a terminal obeys. */
    if (fd == STDERR_FILENO && (bytes[index] == 0x7f || (bytes[index] < 0x20 && strchr("\t\n", bytes[index]) == NULL))) abort();
  }
  return size;
}

void Z_hostZ_close(host *h, u32 fd) {
  (void)h;
  (void)fd;
}

u32 Z_hostZ_poll(host *h, u32 fd, u32 events, u32 milliseconds) {
  (void)h;
  (void)fd;
  (void)milliseconds;
  return events;
}

void end_on_defect(const char *reason) {
  fprintf(stderr, "%s\n", reason);
  abort();
}

/* Where the part that begins at `from` ends: at two NULs, or at the end. */
static size_t end_of_part(const uint8_t *bytes, size_t from, size_t size) {
  for (size_t index = from; index + 1 < size; index++) {
    if (bytes[index] == 0 && bytes[index + 1] == 0) return index;
  }
  return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  size_t words_end = end_of_part(bytes, 0, size);
  size_t config = words_end + 2 < size ? words_end + 2 : size;
  size_t config_end = end_of_part(bytes, config, size);
  size_t answer = config_end + 2 < size ? config_end + 2 : size;
  char *command_line = calloc(words_end + 1, 1);
  if (command_line == NULL) return 0;
  memcpy(command_line, bytes, words_end);
  word_count = 0;
  for (size_t index = 0; index < words_end && word_count < MAX_WORDS; index += strlen(command_line + index) + 1) {
    words[word_count++] = command_line + index;
  }
  input[CONFIG_FD].bytes = bytes + config;
  input[CONFIG_FD].size = config_end - config;
  input[AGENT_FD].bytes = bytes + answer;
  input[AGENT_FD].size = size - answer;
  printed = 0;

  static int is_ready;
  if (!is_ready) {
    Z_program_init_module();
    is_ready = 1;
  }
  host unused = {0};
  Z_program_instantiate(&program, &unused);
  int code = (int)Z_programZ_run(&program);
  /* A token or nothing. */
  if (code != 0 && printed > 0) abort();
  if (code != -1 && code != 0 && code != 1 && code != 69 && code != 75 && code != 77) abort();
  Z_program_free(&program);
  free(command_line);
  return 0;
}
