/* The compiled module that a program consists of, and what its system calls have in common (module.c). */
#ifndef MODULE_H
#define MODULE_H

#include <sys/types.h>

#include "program.h"

typedef struct Z_host_instance_t host;

extern Z_program_instance_t program;

void begin_module(void);

/* Translates an address of the module. Ends the program if it does not lie inside the module's memory, with `size` bytes. */
void *at(u32 address, u32 size);

/* ... of a text that ends with a NUL. */
const char *path_at(u32 address);

/* The outcome of a system call as the module gets it: a negated error, if it failed. */
u32 result(ssize_t outcome);

#endif
