/*
 * Runs a program again and again, as a script does, and prints what each run took. It is in C so that it takes little itself.
 *
 *   calls COUNT AT_ONCE PROGRAM [ARGUMENT...]
 *
 * A line for each run: microseconds from fork to exit, microseconds of processor time, KiB of memory at most. The last line
 * is the microseconds of all together.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_AT_ONCE = 256 };

extern char **environ;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static long long microseconds(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

int main(int count, char **arguments) {
  if (count < 4) return 64;
  int calls = atoi(arguments[1]);
  int at_once = atoi(arguments[2]);
  if (at_once > MOST_AT_ONCE) return 64;
  char **command = arguments + 3;
  posix_spawn_file_actions_t silent;
  posix_spawn_file_actions_init(&silent);
  posix_spawn_file_actions_addopen(&silent, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);

  struct {
    pid_t pid;
    long long begin;
  } running[MOST_AT_ONCE] = {0};
  int started = 0;
  long long begin = now();
  for (int ended = 0; ended < calls; ended++) {
    for (int slot = 0; slot < at_once && started < calls; slot++) {
      if (running[slot].pid != 0) continue;
      running[slot].begin = now();
      if (posix_spawnp(&running[slot].pid, command[0], &silent, NULL, command, environ) != 0) return 1;
      started++;
    }
    int status;
    struct rusage usage;
    pid_t pid = wait4(-1, &status, 0, &usage);
    long long end = now();
    if (status != 0) {
      fprintf(stderr, "%s ends with status %d\n", command[0], status);
      return 1;
    }
    for (int slot = 0; slot < at_once; slot++) {
      if (running[slot].pid != pid) continue;
      running[slot].pid = 0;
      long long processor = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
      printf("%lld %lld %ld\n", end - running[slot].begin, processor, usage.ru_maxrss);
    }
  }
  printf("%lld\n", now() - begin);
  return 0;
}
