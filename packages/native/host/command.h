/* What the files of oidc-token and oidc-agent share. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

/* The arguments, with the program's name in front. */
extern int word_count;
extern char **words;

/* Prints a line with a text in it, and ends the program. */
_Noreturn void give_up(int code, const char *line, const char *text);

/* Becomes a Node program: a file beside this one, whose name ends in `rest`. */
_Noreturn void become_node_program(const char *rest);

/*
 * Starts the Node program that continues in the background, and waits until it is ready. Returns its exit code, or the one that it
 * has reported.
 */
int launch(void);

#endif
