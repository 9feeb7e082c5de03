/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* input.c: opens one capture and says how its file ended. */
#include "app/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/signals.h"
#include "base/sys.h"

/* What a stream's writer had sent when a signal came is read for so long at
 * most: a pipe's worth, and what the writer still had. */
#define DRAIN_MS 1000

static bool
is_stdin(const struct input *in)
{
	return strcmp(in->path, "-") == 0;
}

bool
input_stat(const struct input *in, struct stat *st)
{
	if (is_stdin(in))
		return false;
	if (in->fd >= 0)
		return fstat(in->fd, st) == 0;
	return in->named ? stat(in->path, st) == 0 : lstat(in->path, st) == 0;
}

int
inputs_hold(struct inputs *in, struct messages *m)
{
	int n = 0;

	for (size_t i = 0; i < in->n; i++) {
		struct input *v = &in->v[i];

		if (!v->named || is_stdin(v))
			continue;
		v->fd = sys_open(v->path, O_RDONLY | O_CLOEXEC);
		if (v->fd >= 0) {
			n++;
		} else if (errno == EMFILE || errno == ENFILE) {
			message_error(m, NULL,
			    "too many captures are named to open them all "
			    "beforehand: name their directory, or raise the "
			    "limit (ulimit -n)");
			return -1;
		}
	}
	return n;
}

int
input_open(const struct input *in)
{
	if (is_stdin(in))
		return dup(STDIN_FILENO);
	if (in->fd >= 0) {
		int fd = fcntl(in->fd, F_DUPFD_CLOEXEC, 0);

		/* Whoever read it before: from its beginning, if it has one. */
		if (fd >= 0)
			(void)lseek(fd, 0, SEEK_SET);
		return fd;
	}
	if (in->named)
		return sys_open(in->path, O_RDONLY | O_CLOEXEC);
	return sys_open(in->path,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

const char *
input_shown(const struct input *in)
{
	return is_stdin(in) ? "standard input" : in->path;
}

/* Its name tells what counts; with --resume it does so once. */
static enum input_state
not_a_capture(const struct input_file *s, struct messages *m, struct seen *seen)
{
	bool is_called_one = walk_is_capture_name(s->in->path);

	if (!s->in->named && !is_called_one)
		return INPUT_PASSED_OVER;
	if (seen != NULL && is_called_one &&
	    seen_has(seen, s->in->path, s->fd, &s->before))
		return INPUT_PASSED_OVER;
	message_error(m, input_shown(s->in), "%s", capture_message(s->capture));
	return INPUT_UNREADABLE;
}

bool
input_file_goes_on(struct input_file *s)
{
	uint64_t now;

	if (signals_stop() == 0)
		return true;
	if (!s->is_stream || !signals_end_input())
		return false;
	now = message_clock_ms();
	if (s->until_ms == 0)
		s->until_ms = now + DRAIN_MS;
	return now < s->until_ms;
}

bool
input_file_waits(void *file)
{
	struct input_file *s = file;
	bool drained = s->until_ms != 0;

	return input_file_goes_on(s) && !drained;
}

void
input_file_settle(struct input_file *s)
{
	if (!s->is_stream || !signals_end_input())
		return;
	s->is_stopped = true;
	if (s->status != CAPTURE_NOT_ONE)
		s->status = CAPTURE_END;
	signals_settle();
}

/* What the attempt to read its first packet has shown. */
static enum input_state
first_state(struct input_file *s, struct messages *m, struct seen *seen)
{
	if (s->status != CAPTURE_PACKET)
		input_file_settle(s);
	if (s->is_stopped && !capture_is_known(s->capture))
		return INPUT_PASSED_OVER;
	if (s->status == CAPTURE_NOT_ONE)
		return not_a_capture(s, m, seen);
	if ((s->status == CAPTURE_IO || s->status == CAPTURE_WINDOW) &&
	    !capture_is_known(s->capture)) {
		if (signals_stop() == 0)
			message_error(m, input_shown(s->in), "%s",
			    capture_message(s->capture));
		return INPUT_UNREADABLE;
	}
	return INPUT_OPEN;
}

enum input_state
input_file_open(struct input_file *s, const struct input *in,
    struct messages *m, struct seen *seen, const struct capture_limits *limits,
    bool ahead)
{
	*s = (struct input_file){ .in = in, .fd = input_open(in) };
	if (s->fd < 0 || fstat(s->fd, &s->before) < 0) {
		message_error(m, input_shown(in), "cannot be opened: %s",
		    strerror(errno));
		return INPUT_UNREADABLE;
	}
	if (S_ISDIR(s->before.st_mode)) {
		message_error(m, input_shown(in), "is a directory now");
		return INPUT_UNREADABLE;
	}
	if (!is_stdin(in) &&
	    (S_ISCHR(s->before.st_mode) || S_ISBLK(s->before.st_mode))) {
		message_error(m, input_shown(in), "is a device");
		return INPUT_UNREADABLE;
	}
	s->is_stream = !S_ISREG(s->before.st_mode);
	s->capture = capture_new_fd(s->fd);
	if (limits != NULL)
		capture_limit(s->capture, limits);
	capture_on_wait(s->capture, input_file_waits, s);
	if (ahead)
		capture_read_ahead(s->capture);
	s->status = capture_next(s->capture, &s->packet);
	capture_on_wait(s->capture, NULL, NULL);
	return first_state(s, m, seen);
}

void
input_file_close(struct input_file *s)
{
	capture_free(s->capture);
	s->capture = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

bool
input_is_readable(enum input_state state, struct tally *t)
{
	if (state == INPUT_UNREADABLE) {
		t->unreadable++;
		t->left_out = true;
	}
	return state == INPUT_OPEN;
}

static bool
has_changed(const struct input_file *s)
{
	struct stat after;

	return S_ISREG(s->before.st_mode) && fstat(s->fd, &after) == 0 &&
	    (after.st_size != s->before.st_size ||
		after.st_mtim.tv_sec != s->before.st_mtim.tv_sec ||
		after.st_mtim.tv_nsec != s->before.st_mtim.tv_nsec);
}

bool
input_file_is_certain(const struct input_file *s)
{
	return s->status != CAPTURE_IO && !has_changed(s);
}

uint64_t
input_file_size(const struct input_file *s)
{
	return S_ISREG(s->before.st_mode) ? (uint64_t)s->before.st_size : 0;
}

void
input_add_ending(struct incomplete_set *words, enum capture_status status)
{
	switch (status) {
	case CAPTURE_CUT:
		incomplete_add(words, INCOMPLETE_CUT);
		break;
	case CAPTURE_CORRUPT:
		incomplete_add(words, INCOMPLETE_CORRUPT);
		break;
	case CAPTURE_IO:
		incomplete_add(words, INCOMPLETE_READ);
		break;
	case CAPTURE_WINDOW:
		incomplete_add(words, INCOMPLETE_WINDOW);
		break;
	case CAPTURE_EXPANSION:
		incomplete_add(words, INCOMPLETE_EXPANSION);
		break;
	case CAPTURE_PACKET:
	case CAPTURE_END:
	case CAPTURE_NOT_ONE:
		break;
	}
}

struct incomplete_set
input_file_say_ending(const struct input_file *s, struct messages *m)
{
	const char *why = capture_message(s->capture);
	struct incomplete_set words = { 0 };

	if (s->is_stopped)
		return words;
	input_add_ending(&words, s->status);
	if (why[0] != '\0')
		message_warn(m, input_shown(s->in), "%s", why);
	if (has_changed(s)) {
		message_warn(m, input_shown(s->in),
		    "changed while it was read");
		incomplete_add(&words, INCOMPLETE_CHANGED);
	}
	return words;
}
