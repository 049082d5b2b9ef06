/* What every program has to do with itself and its children (process.c). */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a write that cannot succeed is an error that the program hears of, as in Node, or its end. A signal that is ignored stays so
 * in the program that follows.
 */
void hear_of_failed_writes(bool hear);

/* If the starter ignores SIGCHLD, the system would not say how children end. */
void hear_of_children(void);

/* Turns core dumps off, which may hold a token, or on again as far as the user's limit allows. */
void leave_core_dumps(bool leave);

/* Has standard input be empty. */
bool have_no_input(void);

/* Closes all descriptors from one on. */
void close_from(int first);

/* read(2), also if a signal comes. */
ssize_t read_on(int fd, void *bytes, size_t size);

/* Waits for the end of a child, or of any (-1). Returns its exit code, as a shell states it, or `otherwise` if there is none. */
int exit_code_of(pid_t child, int otherwise);

#endif
