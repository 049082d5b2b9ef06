/* How oidc-agent starts an agent. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "command.h"
#include "generated.h"
#include "module.h"
#include "process.h"
#include "systemd.h"

static _Noreturn void give_up_start(void) { give_up(71, "Error: Could not start the agent: %s\n", strerror(errno)); }

/* The agent does not need them, and should not keep them in its environment for weeks. */
static void withhold_variables(void) {
  static const char *const names[] = {WITHHELD_VARIABLES};
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) unsetenv(names[index]);
}

/* In a new session, in a folder that never needs unmounting, without input. */
static bool leave_starter(void) {
  setsid();
  return chdir("/") == 0 && have_no_input();
}

/* The Node program writes its exit code to descriptor 3, as one byte, when it is ready; if it ends before that, its exit code counts. */
int launch(void) {
  enum { REPORT = 3 };
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) give_up_start();
  pid_t child = fork();
  if (child < 0) give_up_start();
  if (child == 0) {
    withhold_variables();
    /* The pipe may be at its place already. */
    bool is_ready = leave_starter() && (report[1] == REPORT ? fcntl(REPORT, F_SETFD, 0) : dup2(report[1], REPORT)) >= 0;
    if (!is_ready) give_up_start();
    become_node_program("-in-place.cjs");
  }
  close(report[1]);
  unsigned char code;
  return read_on(report[0], &code, 1) == 1 ? code : exit_code_of(child, 1);
}

/*
 * Becomes the agent that sleeps, which reads frames from `input`, and writes to `report` whether it listens. It has the sockets of
 * systemd behind the descriptors of its start. Returns if that fails.
 */
static void become_sleeper(const char *path, int input, int report) {
  enum { REPORT = 3, BEHIND = 5 };
  int sockets = systemd_sockets();
  withhold_variables();
  /* Out of the way of those that are put in their places. */
  int from = fcntl(input, F_DUPFD_CLOEXEC, BEHIND + sockets);
  int to = fcntl(report, F_DUPFD_CLOEXEC, BEHIND + sockets);
  bool is_ready = from >= 0 && to >= 0;
  /* The last one first, as their old places and the new ones overlap. */
  for (int index = sockets - 1; is_ready && index >= 0; index--) {
    is_ready = dup2(FIRST_OF_SYSTEMD + index, BEHIND + index) >= 0;
  }
  is_ready = is_ready && dup2(from, STDIN_FILENO) >= 0 && dup2(to, REPORT) >= 0;
  hear_of_failed_writes(false);
  leave_core_dumps(true);
  if (is_ready) execv(path, (char *[]){"oidc-agent", NULL});
}

/* ... with nothing of its starter. */
static _Noreturn void become_sleeper_in_background(const char *path, int input, int report) {
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  bool is_ready = leave_starter() && dup2(nothing, STDOUT_FILENO) >= 0 && dup2(nothing, STDERR_FILENO) >= 0;
  if (is_ready) become_sleeper(path, input, report);
  _exit(1);
}

u32 Z_hostZ_startSleeper(host *h, u32 path_address, u32 bytes_address, u32 size) {
  const char *path = path_at(path_address);
  const void *bytes = at(bytes_address, size);
  int input[2], report[2];
  if (pipe2(input, O_CLOEXEC) != 0) return 0;
  if (pipe2(report, O_CLOEXEC) != 0) return 0;
  pid_t child = fork();
  if (child == 0) become_sleeper_in_background(path, input[0], report[1]);
  close(input[0]);
  close(report[1]);
  /* It is less than a pipe takes at once. */
  ssize_t written = child < 0 ? -1 : write(input[1], bytes, size);
  close(input[1]);
  static const char ready[] = "{\"ready\":true}";
  char answer[sizeof ready];
  ssize_t count = written == (ssize_t)size ? read_on(report[0], answer, sizeof answer) : -1;
  close(report[0]);
  if (count == sizeof ready - 1 && memcmp(answer, ready, sizeof ready - 1) == 0) return (u32)child;
  if (child > 0) {
    kill(child, SIGKILL);
    exit_code_of(child, 1);
  }
  return 0;
}

/* Becomes oidc-agent-foreground.cjs, which ends with this process. */
static _Noreturn void become_launcher(pid_t parent, int frames, int report) {
  enum { FRAMES = 3, REPORT = 4 };
  int to = fcntl(frames, F_DUPFD_CLOEXEC, REPORT + 1);
  int from = fcntl(report, F_DUPFD_CLOEXEC, REPORT + 1);
  bool is_ready = to >= 0 && from >= 0 && dup2(to, FRAMES) >= 0 && dup2(from, REPORT) >= 0 &&
    prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
  if (!is_ready) give_up_start();
  leave_core_dumps(true);
  become_node_program("-foreground.cjs");
}

u32 Z_hostZ_stay(host *h, u32 path_address) {
  const char *path = path_at(path_address);
  int frames[2], report[2];
  if (pipe2(frames, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) give_up_start();
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) give_up_start();
  if (child == 0) become_launcher(parent, frames[1], report[0]);
  close(frames[1]);
  close(report[0]);
  struct pollfd asked = {.fd = frames[0], .events = POLLIN};
  while (poll(&asked, 1, -1) < 0 && errno == EINTR) continue;
  if (asked.revents & POLLIN) {
    become_sleeper(path, frames[0], report[1]);
    give_up_start();
  }
  return (u32)exit_code_of(child, 1);
}
