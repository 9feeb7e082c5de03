/* run.h: one capture, from its file to its output directory. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "app/config.h"
#include "app/message.h"
#include "decode/filter.h"
#include "decode/walk.h"

/* What a run shares over its captures. */
struct run {
	const struct config *cfg;
	struct messages *messages;
	int output_fd;		/* the output directory, borrowed */
	struct filter *filter;	/* or NULL */
	unsigned max_open;	/* descriptors for product files */
};

/* How a capture went; worse is greater. */
enum run_result {
	RUN_WHOLE,
	RUN_FLAWED,		/* cut, corrupt, or data given up */
	RUN_UNREADABLE,		/* no capture, or it cannot be opened */
	RUN_PASSED_OVER,	/* walked to, and no capture after all */
	RUN_OUTPUT_FAILED,
	RUN_BAD_FILTER,		/* does not suit the capture's link type */
	RUN_STOPPED,		/* by a signal */
};

enum run_result run_capture(const struct run *r, const struct input *in);

#endif
