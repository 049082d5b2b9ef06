/* The interface of runtime.c. */
#ifndef RUNTIME_H
#define RUNTIME_H

/* Ends the program because of a mistake in it. Nothing was printed by then, and nothing is. */
_Noreturn void end_on_defect(const char *reason);

#endif
