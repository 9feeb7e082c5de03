/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * cage.h: what this process may still do once a capture is read: nothing that
 * a run does not need, whoever has taken over a parser.
 *
 * A layer that the kernel lacks is no error; it is told.
 */
#ifndef APP_CAGE_H
#define APP_CAGE_H

#include "app/run_inputs.h"
#include "base/buf.h"

/* At the very beginning: payload is nobody else's.  No core dumps, nothing
 * readable by others, no looking into this process; and no rights to be had
 * from programs. */
void cage_guard_process(void);

/*
 * Closes the cage around this process and the threads that it starts, for
 * good: no capabilities but those without which the inputs or the output
 * directory of somebody else could not be reached; files below the inputs (to
 * read), the output directory, the scratch directory, and beside the file of
 * --state; no programs, no new sockets, no other processes, no new code; and
 * the system calls that are left.  What libraries load late is loaded before.
 *
 * To be called by the only thread, when what the inputs, the output directory
 * and the filter need is open.  With -v it says what holds and what does not.
 */
void cage_close(struct run *r, struct run_inputs *s);

/* One line on what this build and this kernel can. */
void cage_describe(struct buf *b);

#endif
