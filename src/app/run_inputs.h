/* sources.h: what a run reads: captures found by their PATHs, or an
 * interface. */
#ifndef APP_SOURCES_H
#define APP_SOURCES_H

#include "app/privileges.h"
#include "app/run.h"
#include "app/status.h"
#include "capture/live.h"
#include "capture/walk.h"

/* What is to be read, for whom, and how that went. */
struct sources {
	struct inputs in;
	struct live *live; /* or NULL */
	struct user user;  /* with --relinquish-privileges */
	struct tally tally;
};

/* Finds the captures or opens the interface, and makes r->filter.  Anything
 * but STATUS_OK comes after a message; sources_close in any case. */
enum status sources_open(struct run *r, struct sources *s);
void sources_close(struct sources *s);

#endif
