/*
 * The system calls of the compiled programs, and nothing else: ../assembly documents their use. The functions are those
 * of assembly/host.ts, under the names that wasm2c gives to imports.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "generated.h"
#include "program.h"
#include "runtime.h"
#include "systemd.h"

/* The module's results in place of an exit code, as in ../assembly/host.ts. */
enum { HAND_OVER = -1, LAUNCH = -2 };

static Z_program_instance_t program;
static int word_count;
static char **words;
/* The text that was asked for last. */
static const char *text;

struct Z_host_instance_t {
  int unused;
};
typedef struct Z_host_instance_t host;

/* Translates an address of the module, which must lie inside its memory. */
static void *at(u32 address, u32 size) {
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  if (size > memory->size || address > memory->size - size) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return memory->data + address;
}

static const char *path_at(u32 address) {
  const wasm_rt_memory_t *memory = Z_programZ_memory(&program);
  const char *path = at(address, 1);
  if (memchr(path, 0, memory->size - address) == NULL) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return path;
}

static u32 result(ssize_t outcome) { return outcome < 0 ? (u32)-errno : (u32)outcome; }

static u32 found(const char *value) {
  text = value;
  return value == NULL ? (u32)-1 : (u32)strlen(value);
}

u32 Z_hostZ_argument(host *h, u32 index) {
  (void)h;
  return found(index < (u32)word_count ? words[index] : NULL);
}

u32 Z_hostZ_variable(host *h, u32 name) {
  (void)h;
  return found(getenv(path_at(name)));
}

void Z_hostZ_copyText(host *h, u32 to) {
  (void)h;
  u32 size = (u32)strlen(text);
  memcpy(at(to, size), text, size);
}

u32 Z_hostZ_userId(host *h) {
  (void)h;
  return getuid();
}

u32 Z_hostZ_isTerminal(host *h, u32 fd) {
  (void)h;
  return isatty((int)fd) != 0;
}

u64 Z_hostZ_now(host *h) {
  (void)h;
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (u64)time.tv_sec * 1000 + (u64)time.tv_nsec / 1000000;
}

u64 Z_hostZ_timeoutSeconds(host *h) {
  (void)h;
  return TIMEOUT_SECONDS;
}

u32 Z_hostZ_linkStatus(host *h, u32 path, u32 to) {
  (void)h;
  struct stat status;
  u32 outcome = result(lstat(path_at(path), &status));
  if (outcome == 0) memcpy(at(to, 8), (u32[]){status.st_mode, status.st_uid}, 8);
  return outcome;
}

u32 Z_hostZ_mayRead(host *h, u32 path) {
  (void)h;
  return result(access(path_at(path), R_OK));
}

u32 Z_hostZ_mayRun(host *h, u32 path) {
  (void)h;
  return result(access(path_at(path), X_OK));
}

u32 Z_hostZ_processId(host *h) {
  (void)h;
  return (u32)getpid();
}

u32 Z_hostZ_linkTarget(host *h, u32 path) {
  (void)h;
  static char target[PATH_MAX];
  ssize_t length = readlink(path_at(path), target, sizeof target - 1);
  if (length < 0) return (u32)-1;
  target[length] = 0;
  return found(target);
}

u32 Z_hostZ_makeFolder(host *h, u32 path) {
  (void)h;
  return result(mkdir(path_at(path), 0700));
}

u32 Z_hostZ_makeFile(host *h, u32 path_address, u32 content_address) {
  (void)h;
  const char *path = path_at(path_address);
  const char *content = path_at(content_address);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return result(fd);
  ssize_t count = write(fd, content, strlen(content));
  u32 outcome = result(count);
  close(fd);
  if (count < 0) unlink(path);
  return outcome;
}

u32 Z_hostZ_removeFile(host *h, u32 path) {
  (void)h;
  return result(unlink(path_at(path)));
}

u32 Z_hostZ_open(host *h, u32 path) {
  (void)h;
  return result(open(path_at(path), O_RDONLY | O_CLOEXEC));
}

/* Waits for room in the queue of an agent that is busy. */
static int connect_patiently(int fd, const struct sockaddr_un *address, u32 milliseconds) {
  struct timeval patience = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  fcntl(fd, F_SETFL, 0);
  int outcome;
  do outcome = connect(fd, (const struct sockaddr *)address, sizeof *address);
  while (outcome < 0 && errno == EINTR);
  int error = errno;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  errno = error;
  return outcome;
}

u32 Z_hostZ_connect(host *h, u32 path_address, u32 milliseconds) {
  (void)h;
  const char *path = path_at(path_address);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length >= sizeof address.sun_path) return (u32)-ENAMETOOLONG;
  memcpy(address.sun_path, path, length);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return result(fd);
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return (u32)fd;
  if (errno == EAGAIN && connect_patiently(fd, &address, milliseconds) == 0) return (u32)fd;
  u32 outcome = result(-1);
  close(fd);
  return outcome;
}

u32 Z_hostZ_read(host *h, u32 fd, u32 to, u32 size) {
  (void)h;
  void *bytes = at(to, size);
  ssize_t count;
  do count = read((int)fd, bytes, size);
  while (count < 0 && errno == EINTR);
  return result(count);
}

u32 Z_hostZ_write(host *h, u32 fd, u32 from, u32 size) {
  (void)h;
  const void *bytes = at(from, size);
  ssize_t count;
  do count = write((int)fd, bytes, size);
  while (count < 0 && errno == EINTR);
  return result(count);
}

void Z_hostZ_close(host *h, u32 fd) {
  (void)h;
  close((int)fd);
}

u32 Z_hostZ_poll(host *h, u32 fd, u32 events, u32 milliseconds) {
  (void)h;
  struct pollfd waiting = {.fd = (int)fd, .events = (short)events};
  return result(poll(&waiting, 1, (int)milliseconds));
}

/* Says something and ends the program. */
static _Noreturn void give_up(int code, const char *line, const char *rest) {
  dprintf(STDERR_FILENO, line, rest);
  _exit(code);
}

void end_on_defect(const char *reason) { give_up(70, "Error: " PROGRAM " has a defect: %s\n", reason); }

/* Whether a write that cannot be is an error that the program hears of, instead of its end: as Node has it. */
static void hear_of_failed_writes(bool hear) {
  signal(SIGPIPE, hear ? SIG_IGN : SIG_DFL);
  signal(SIGXFSZ, hear ? SIG_IGN : SIG_DFL);
}

/* Turns core dumps off, which may hold a token, or on again as far as the user's limit allows. */
static void leave_core_dumps(bool leave) {
  static struct rlimit inherited;
  static bool is_known;
  if (!is_known) is_known = getrlimit(RLIMIT_CORE, &inherited) == 0;
  if (is_known) setrlimit(RLIMIT_CORE, &(struct rlimit){leave ? inherited.rlim_cur : 0, inherited.rlim_max});
}

/* Becomes a Node program: a file beside this one, whose name ends in `rest`. */
static _Noreturn void become_node_program(const char *rest) {
  static char script[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", script, sizeof script - NAME_MAX);
  char *slash = length < 0 ? NULL : memrchr(script, '/', (size_t)length);
  if (slash == NULL) give_up(69, "Error: " PROGRAM " cannot find its own place: %s\n", strerror(errno));
  stpcpy(stpcpy(slash, "/" PROGRAM), rest);
  if (access(script, R_OK) != 0) {
    give_up(69, "Error: a part of " PROGRAM " is missing: %s\nhint: install it again with: npm install -g jeton\n", script);
  }
  char **arguments = calloc((size_t)word_count + 2, sizeof *arguments);
  if (arguments == NULL) give_up(69, "Error: %s\n", strerror(errno));
  arguments[0] = "node";
  arguments[1] = script;
  for (int index = 1; index < word_count; index++) arguments[index + 1] = words[index];
  /* A signal that is ignored stays so in the program that follows. */
  hear_of_failed_writes(false);
  execvp("node", arguments);
  give_up(69, "Error: " PROGRAM " cannot start node: %s\nhint: jeton needs Node.js 20.19 or later in PATH\n", strerror(errno));
}

/* The agent does not need them, and should not keep them in its environment for weeks. */
static void withhold_variables(void) {
  static const char *const names[] = {WITHHELD_VARIABLES};
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) unsetenv(names[index]);
}

/* The exit code of a child that has ended, as a shell states it. */
static int exit_code_of(pid_t child) {
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/*
 * Starts the Node program that continues in the background: in a new session, in a folder that never needs
 * unmounting. It writes its exit code to descriptor 3, as one byte, when it is ready; if it ends before that, its
 * exit code counts.
 */
static int launch(void) {
  enum { REPORT = 3 };
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) give_up(71, "Error: Could not start the agent: %s\n", strerror(errno));
  pid_t child = fork();
  if (child < 0) give_up(71, "Error: Could not start the agent: %s\n", strerror(errno));
  if (child == 0) {
    withhold_variables();
    setsid();
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    /* A copy does not close itself; the pipe may be at its place already. */
    bool is_ready = chdir("/") == 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
      (report[1] == REPORT ? fcntl(REPORT, F_SETFD, 0) : dup2(report[1], REPORT)) >= 0;
    if (!is_ready) give_up(71, "Error: Could not start the agent: %s\n", strerror(errno));
    become_node_program("-in-place.cjs");
  }
  close(report[1]);
  unsigned char code;
  ssize_t count;
  do count = read(report[0], &code, 1);
  while (count < 0 && errno == EINTR);
  return count == 1 ? code : exit_code_of(child);
}

/*
 * Becomes the agent that sleeps, which reads frames from `input`, and writes to `report` whether it listens. It has the sockets of
 * systemd behind the descriptors of its start.
 */
static void become_sleeper(const char *program, int input, int report) {
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
  char *words[] = {"oidc-agent", NULL};
  hear_of_failed_writes(false);
  leave_core_dumps(true);
  if (is_ready) execv(program, words);
}

/* Is in a session of its own, in a folder that never needs unmounting, with nothing of its starter. */
static _Noreturn void become_sleeper_in_background(const char *program, int input, int report) {
  setsid();
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  bool is_ready = chdir("/") == 0 && nothing >= 0 && dup2(nothing, STDOUT_FILENO) >= 0 && dup2(nothing, STDERR_FILENO) >= 0;
  if (is_ready) become_sleeper(program, input, report);
  _exit(1);
}

u32 Z_hostZ_startSleeper(host *h, u32 program_address, u32 bytes_address, u32 size) {
  (void)h;
  const char *program_path = path_at(program_address);
  const void *bytes = at(bytes_address, size);
  int input[2], report[2];
  if (pipe2(input, O_CLOEXEC) != 0) return 0;
  if (pipe2(report, O_CLOEXEC) != 0) return 0;
  pid_t child = fork();
  if (child == 0) become_sleeper_in_background(program_path, input[0], report[1]);
  close(input[0]);
  close(report[1]);
  /* It is less than a pipe takes at once. */
  ssize_t written = child < 0 ? -1 : write(input[1], bytes, size);
  close(input[1]);
  static const char ready[] = "{\"ready\":true}";
  char answer[sizeof ready];
  ssize_t count = -1;
  if (written == (ssize_t)size) {
    do count = read(report[0], answer, sizeof answer);
    while (count < 0 && errno == EINTR);
  }
  close(report[0]);
  if (count == sizeof ready - 1 && memcmp(answer, ready, sizeof ready - 1) == 0) return (u32)child;
  if (child > 0) {
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
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
  if (!is_ready) give_up(71, "Error: Could not start the agent: %s\n", strerror(errno));
  leave_core_dumps(true);
  become_node_program("-foreground.cjs");
}

u32 Z_hostZ_stay(host *h, u32 program_address) {
  (void)h;
  const char *program_path = path_at(program_address);
  int frames[2], report[2];
  if (pipe2(frames, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) {
    give_up(71, "Error: Could not start the agent: %s\n", strerror(errno));
  }
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) give_up(71, "Error: Could not start the agent: %s\n", strerror(errno));
  if (child == 0) become_launcher(parent, frames[1], report[0]);
  close(frames[1]);
  close(report[0]);
  struct pollfd launch = {.fd = frames[0], .events = POLLIN};
  while (poll(&launch, 1, -1) < 0 && errno == EINTR) continue;
  if (launch.revents & POLLIN) {
    become_sleeper(program_path, frames[0], report[1]);
    give_up(71, "Error: Could not start the agent: %s\n", strerror(errno));
  }
  return (u32)exit_code_of(child);
}

int main(int count, char **arguments) {
  word_count = count;
  words = arguments;
  hear_of_failed_writes(true);
  /* If the starter ignores it, the system does not say how children end. */
  signal(SIGCHLD, SIG_DFL);
  leave_core_dumps(false);
  Z_program_init_module();
  host unused = {0};
  Z_program_instantiate(&program, &unused);
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
