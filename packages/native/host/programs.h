/* The programs that an agent that sleeps starts (programs.c), or becomes (update.c). */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <signal.h>
#include <stdbool.h>

#include "generated.h"
#include "module.h"

/* Where the first descriptor is that another program or process gets. */
enum { PLACE = 3 };

/* The argument of a program that goes on as the agent that has replaced itself by it (../assembly/sleeper/update.ts). */
#define CONTINUES "--continues"
#define TEXT_OF(number) #number
#define IN_TEXT(number) TEXT_OF(number)
/* The argument of one that only says at descriptor 3 whether it could. */
#define COULD_CONTINUE "--could-continue=" IN_TEXT(PROTOCOL_VERSION)

/* The signals that are blocked in the programs that the agent starts. */
extern sigset_t usual_signals;

/*
 * Keeps other programs of the user, core dumps and the swap space away from what is in the memory. Where the system does not
 * allow it, the agent works all the same.
 */
void keep_secrets(void);

/*
 * Puts descriptors at 3, 4, 5 and so on, and closes all others. A limit on open files that the clients have used up leaves room
 * for that, as no more are open meanwhile than are given.
 */
bool place(int *descriptors, u32 count);

#endif
