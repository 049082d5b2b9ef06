/*
 * The agent that sleeps (../assembly/oidc-agent-sleeper.ts) as a process: its signals, its memory, the descriptors of its start. The
 * functions in this folder whose names begin with Z_hostZ_ are those of assembly/sleeper/host.ts, under the names that wasm2c gives
 * to imports.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "programs.h"
#include "runtime.h"
#include "systemd.h"

/* As in ../assembly/oidc-agent-sleeper.ts. */
enum { GO_ON = 0, END = 1 };

sigset_t usual_signals;
static int signal_fd;

static f64 seconds_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (f64)time.tv_sec + (f64)time.tv_nsec / 1e9;
}

f64 Z_hostZ_steady(host *h) { return seconds_of(CLOCK_MONOTONIC); }

f64 Z_hostZ_wall(host *h) { return seconds_of(CLOCK_REALTIME); }

u32 Z_hostZ_poll(host *h, u32 entries, u32 count, u32 milliseconds) {
  return result(poll(at(entries, count * sizeof(struct pollfd)), count, (int)milliseconds));
}

u32 Z_hostZ_signals(host *h) { return (u32)signal_fd; }

/* The most that the user's limit allows, as Node does it. */
u32 Z_hostZ_descriptorLimit(host *h) {
  static u32 known;
  if (known != 0) return known;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  known = limit.rlim_cur > INT32_MAX ? INT32_MAX : (u32)limit.rlim_cur;
  return known;
}

void end_on_defect(const char *reason) {
  dprintf(STDERR_FILENO, "Error: oidc-agent has a defect: %s\n", reason);
  _exit(70);
}

void keep_secrets(void) {
  prctl(PR_SET_DUMPABLE, 0);
  leave_core_dumps(false);
}

/* The memory of the module alone: what is reserved for it exceeds the usual limit for all of it. */
static void lock_memory(void) {
  static size_t locked;
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (memory->size == locked) return;
  mlock2(memory->data + locked, memory->size - locked, MLOCK_ONFAULT);
  locked = memory->size;
}

/* @param is_continued whether this process has caught them before: they are not blocked for others because of that */
static void catch_signals(bool is_continued) {
  static const int numbers[] = {SIGTERM, SIGINT, SIGCHLD, SIGHUP, SIGUSR1};
  enum { COUNT = sizeof numbers / sizeof *numbers };
  sigset_t caught;
  sigemptyset(&caught);
  for (int index = 0; index < COUNT; index++) sigaddset(&caught, numbers[index]);
  sigprocmask(SIG_BLOCK, &caught, &usual_signals);
  for (int index = 0; index < COUNT && is_continued; index++) sigdelset(&usual_signals, numbers[index]);
  signal_fd = signalfd(-1, &caught, SFD_NONBLOCK | SFD_CLOEXEC);
  hear_of_failed_writes(true);
  hear_of_children();
}

/* Has those that the starter sets up, 0 to 4, at their places, the sockets of systemd behind them, and no others. */
static void take_descriptors(void) {
  enum { FIRST = 3, LAST = 4 };
  int last = LAST + systemd_sockets();
  forget_systemd_sockets();
  int fd;
  do fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= last);
  close_from(last + 1);
  for (fd = FIRST; fd <= last; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
  for (fd = LAST + 1; fd <= last; fd++) fcntl(fd, F_SETFL, O_NONBLOCK);
}

int main(int count, char **words) {
  bool is_continued = count == 2 && strcmp(words[1], CONTINUES) == 0;
  if (count == 2 && strcmp(words[1], COULD_CONTINUE) == 0) return write(PLACE, "y", 1) == 1 ? 0 : 1;
  /* It takes no options; an installer asks for its version to see whether it runs here. */
  if (count > 1 && !is_continued) return 0;
  keep_secrets();
  prctl(PR_SET_NAME, "oidc-agent");
  umask(0077);
  if (!is_continued) take_descriptors();
  catch_signals(is_continued);
  begin_module();
  lock_memory();
  int code = (int)Z_programZ_begin(&program);
  /* A starter that is a child of this process says to the user why the agent does not run; its exit code is that of both. */
  if (code != GO_ON) return exit_code_of(-1, code);
  have_no_input();
  while ((code = (int)Z_programZ_step(&program)) == GO_ON) lock_memory();
  return code == END ? 0 : code;
}
