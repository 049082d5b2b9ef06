/* Starts the programs that an agent that sleeps needs, and takes notice of their end. */
#define _GNU_SOURCE
#include "programs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

/* As in ../assembly/sleeper/node/node-program.ts: why a program did not start, as exit codes. */
enum { NO_SCRIPT = 125, NO_DESCRIPTORS = 126, NO_PROGRAM = 127 };

static bool is_among(const int *descriptors, u32 count, int fd) {
  for (u32 index = 0; index < count; index++) {
    if (descriptors[index] == fd) return true;
  }
  return false;
}

bool place(int *descriptors, u32 count) {
  int highest = 0;
  for (u32 index = 0; index < count; index++) highest = descriptors[index] > highest ? descriptors[index] : highest;
  for (int fd = PLACE; fd < highest; fd++) {
    if (!is_among(descriptors, count, fd)) close(fd);
  }
  close_from(highest + 1);
  for (u32 index = 0; index < count; index++) {
    int target = PLACE + (int)index;
    int source = descriptors[index];
    u32 rest = count - index - 1;
    if (source == target) {
      if (fcntl(target, F_SETFD, 0) < 0) return false;
      continue;
    }
    if (is_among(descriptors + index + 1, rest, target)) {
      int moved = fcntl(target, F_DUPFD_CLOEXEC, PLACE + (int)count);
      if (moved < 0) return false;
      for (u32 later = index + 1; later < count; later++) {
        if (descriptors[later] == target) descriptors[later] = moved;
      }
    }
    if (dup2(source, target) < 0) return false;
    bool is_placed = source >= PLACE && source < target;
    if (!is_placed && !is_among(descriptors + index + 1, rest, source)) close(source);
  }
  return true;
}

/* Starts a program, after a look at the script that it is to read, if there is one. */
static u32 spawn(const char *file, char *const words[], const char *script, int *descriptors, u32 count) {
  pid_t child = fork();
  if (child != 0) return result(child);
  sigprocmask(SIG_SETMASK, &usual_signals, NULL);
  leave_core_dumps(true);
  hear_of_failed_writes(false);
  if (script != NULL && access(script, R_OK) != 0) _exit(NO_SCRIPT);
  if (!place(descriptors, count)) _exit(NO_DESCRIPTORS);
  execvp(file, words);
  _exit(NO_PROGRAM);
}

u32 Z_hostZ_spawnNode(host *h, u32 program_address, u32 script_address, u32 descriptors, u32 count) {
  const char *script = path_at(script_address);
  /* The script names the certificates that it trusts. Without this option, Node would parse all of its own ones before the first of those. */
  char *words[] = {"node", "--use-openssl-ca", (char *)script, NULL};
  return spawn(path_at(program_address), words, script, at(descriptors, count * sizeof(int)), count);
}

u32 Z_hostZ_spawnTrial(host *h, u32 program_address, u32 descriptors, u32 count) {
  char *words[] = {"oidc-agent", COULD_CONTINUE, NULL};
  return spawn(path_at(program_address), words, NULL, at(descriptors, count * sizeof(int)), count);
}

u32 Z_hostZ_reap(host *h, u32 to) {
  int status = 0;
  pid_t child = waitpid(-1, &status, WNOHANG);
  if (child <= 0) return 0;
  int end = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  memcpy(at(to, sizeof end), &end, sizeof end);
  return (u32)child;
}

void Z_hostZ_signal(host *h, u32 process, u32 number) { kill((pid_t)process, (int)number); }
