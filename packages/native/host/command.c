/*
 * oidc-token and oidc-agent as processes. The functions in this folder whose names begin with Z_hostZ_ are those of
 * ../assembly/host.ts, under the names that wasm2c gives to imports.
 */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "generated.h"
#include "module.h"
#include "process.h"
#include "runtime.h"

/* The module's results in place of an exit code, as in ../assembly/host.ts. */
enum { HAND_OVER = -1, LAUNCH = -2 };

int word_count;
char **words;
/* The text that the module has asked for last. */
static const char *text;

static u32 found(const char *value) {
  text = value;
  return value == NULL ? (u32)-1 : (u32)strlen(value);
}

u32 Z_hostZ_argument(host *h, u32 index) { return found(index < (u32)word_count ? words[index] : NULL); }

u32 Z_hostZ_variable(host *h, u32 name) { return found(getenv(path_at(name))); }

void Z_hostZ_copyText(host *h, u32 to) {
  u32 size = (u32)strlen(text);
  memcpy(at(to, size), text, size);
}

u32 Z_hostZ_isTerminal(host *h, u32 fd) { return isatty((int)fd) != 0; }

u64 Z_hostZ_now(host *h) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (u64)time.tv_sec * 1000 + (u64)time.tv_nsec / 1000000;
}

u64 Z_hostZ_timeoutSeconds(host *h) { return TIMEOUT_SECONDS; }

u32 Z_hostZ_poll(host *h, u32 fd, u32 events, u32 milliseconds) {
  struct pollfd waiting = {.fd = (int)fd, .events = (short)events};
  return result(poll(&waiting, 1, (int)milliseconds));
}

void give_up(int code, const char *line, const char *rest) {
  dprintf(STDERR_FILENO, line, rest);
  _exit(code);
}

void end_on_defect(const char *reason) { give_up(70, "Error: " PROGRAM " has a defect: %s\n", reason); }

/* Writes the path of a file in the folder of this program. */
static void find_beside(char path[PATH_MAX], const char *name, const char *rest) {
  ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - NAME_MAX);
  char *slash = length < 0 ? NULL : memrchr(path, '/', (size_t)length);
  if (slash == NULL) give_up(69, "Error: " PROGRAM " cannot find its own place: %s\n", strerror(errno));
  stpcpy(stpcpy(slash + 1, name), rest);
}

void become_node_program(const char *rest) {
  static char script[PATH_MAX], node[PATH_MAX];
  find_beside(script, PROGRAM, rest);
  find_beside(node, "node", "");
  if (access(script, R_OK) != 0) {
    give_up(69, "Error: a part of " PROGRAM " is missing: %s\nhint: install jeton again\n", script);
  }
  char **arguments = calloc((size_t)word_count + 2, sizeof *arguments);
  if (arguments == NULL) give_up(69, "Error: %s\n", strerror(errno));
  arguments[0] = "node";
  arguments[1] = script;
  for (int index = 1; index < word_count; index++) arguments[index + 1] = words[index];
  hear_of_failed_writes(false);
  execv(node, arguments);
  execvp("node", arguments);
  give_up(69, "Error: " PROGRAM " cannot start node: %s\nhint: jeton needs Node.js 20.19 or later in PATH\n", strerror(errno));
}

int main(int count, char **arguments) {
  word_count = count;
  words = arguments;
  hear_of_failed_writes(true);
  hear_of_children();
  leave_core_dumps(false);
  begin_module();
  int code = (int)Z_programZ_run(&program);
  switch (code) {
    case HAND_OVER:
      /* The Node program may run a command of the user, and keeps its own memory out of core dumps. */
      leave_core_dumps(true);
      become_node_program(".cjs");
    case LAUNCH: return launch();
    default: return code;
  }
}
