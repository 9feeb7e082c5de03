/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* input.h: one capture as it is read: its file, its first packet, its end. */
#ifndef APP_INPUT_H
#define APP_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "app/message.h"
#include "app/seen.h"
#include "base/incomplete.h"
#include "app/status.h"
#include "capture/capture.h"
#include "capture/walk.h"

enum input_state {
	INPUT_OPEN,	   /* first and status are valid */
	INPUT_UNREADABLE,  /* said already */
	INPUT_PASSED_OVER, /* no capture, and no word about it */
};

struct input_file {
	const struct input *in; /* borrowed */
	int fd;
	struct stat before;
	struct capture *capture;
	enum capture_status status; /* of the packet read last */
	struct packet packet;	    /* the one read last, when there is one */
	bool is_stream;	   /* a pipe, a FIFO: bytes come as they come */
	bool is_stopped;   /* a signal was its end */
	uint64_t until_ms; /* since that signal: it is read so long */
};

/* Of the file, without opening it.  False for standard input, and when it
 * cannot be examined. */
bool input_stat(const struct input *in, struct stat *st);
/* Opens those that were given on the command line beforehand: what is read
 * later is read through them, whoever this process is by then.  What cannot
 * be opened is reported when it is to be read.  The number opened, or -1
 * after a message when there are too many. */
int inputs_hold(struct inputs *in, struct messages *m) ATTR_NODISCARD;
/* Descriptor or -1 with errno. */
int input_open(const struct input *in) ATTR_NODISCARD;
/* Opens the capture and reads its first packet; ahead: as capture_read_ahead
 * has it.  seen: what is no capture and was told of; or NULL.  limits may be
 * NULL.  To be closed in any case. */
enum input_state input_file_open(struct input_file *s, const struct input *in,
    struct messages *m, struct seen *seen, const struct capture_limits *limits,
    bool ahead);
void input_file_close(struct input_file *s);
/* Counts a capture that cannot be read; true when this one can. */
bool input_is_readable(enum input_state state, struct tally *t);
/* Whether it was read to its end and did not change meanwhile: when not, it may
 * hold something else the next time. */
bool input_file_is_certain(const struct input_file *s);
/* While it is read: whether more of it is wanted.  A signal ends the run, but
 * of a stream it is the end: what was sent by then is read. */
bool input_file_goes_on(struct input_file *s);
/* Likewise, when nothing has come for a moment: capture_wait. */
bool input_file_waits(void *file);
/* It has been read: a signal that was its end has done what it should. */
void input_file_settle(struct input_file *s);
/* Bytes of the file, or 0 when it is a stream. */
uint64_t input_file_size(const struct input_file *s);
/* Says how the file ended, and returns what its output lacks for that. */
struct incomplete_set input_file_say_ending(const struct input_file *s,
    struct messages *m);
/* What an ending means for what was read. */
void input_add_ending(struct incomplete_set *words, enum capture_status status);
/* The input's name in messages. */
const char *input_shown(const struct input *in);

#endif
