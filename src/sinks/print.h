/*
 * print.h: what standard output gets of a session, in one piece.
 *
 * Sessions go on side by side; so what is printed of one waits until the
 * session ends, in memory or the scratch file.
 */
#ifndef SINKS_PRINT_H
#define SINKS_PRINT_H

#include "sinks/sink.h"

/*
 * A file that comes out on ss->env->console->file when it is closed, and
 * never when it is discarded; bytes come out at once where the console says
 * that no other session can come between.  parted: an empty line stands
 * between it and what was printed before.  To be ended with sink_close.
 */
struct out_file *print_create(const struct sink_session *ss, bool parted);

#endif
