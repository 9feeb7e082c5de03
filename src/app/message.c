/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* message.c: writes messages and the progress line to standard error. */
#include "app/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/columns.h"
#include "base/buf.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/xalloc.h"

/* A terminal's line is drawn anew, elsewhere each is one more. */
#define PROGRESS_TERMINAL_MS 200
#define PROGRESS_OTHER_MS 2000

struct messages
messages_new(const struct config *cfg)
{
	struct messages m = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.quiet = cfg->quiet,
		.verbose = cfg->verbose,
		.terminal = isatty(STDERR_FILENO) == 1,
	};
	const char *no_color = getenv("NO_COLOR");

	m.color = cfg->color == WHEN_ALWAYS ||
	    (cfg->color == WHEN_AUTO && m.terminal &&
		(no_color == NULL || no_color[0] == '\0'));
	m.progress = cfg->progress ||
	    (m.terminal && !cfg->quiet && !config_takes_terminal(cfg));
	return m;
}

/* The lock is held. */
static void
end_progress_line(struct messages *m)
{
	if (!m->line_open)
		return;
	fputs(m->terminal ? "\r\033[K" : "\n", stderr);
	m->line_open = false;
}

static struct messages *
root_of(struct messages *m)
{
	return m->root != NULL ? m->root : m;
}

struct messages
messages_of_capture(struct messages *root, struct message_queue *q,
    size_t number)
{
	return (struct messages){
		.quiet = root->quiet,
		.verbose = root->verbose,
		.color = root->color,
		.progress = root->progress,
		.terminal = root->terminal,
		.root = root,
		.queue = q,
		.number = number,
	};
}

/* The root's lock is held. */
static void
put_lines(struct messages *root, struct buf *lines)
{
	if (lines->n > 0) {
		end_progress_line(root);
		fwrite(lines->p, 1, lines->n, stderr);
	}
	buf_free(lines);
}

struct message_queue
message_queue_new(size_t n)
{
	struct message_queue q = { .n = n };

	q.of = xcalloc(n, sizeof(*q.of));
	return q;
}

void
messages_over(struct messages *m)
{
	struct message_queue *q = m->queue;

	pthread_mutex_lock(&m->root->lock);
	q->of[m->number].over = true;
	while (q->turn < q->n && q->of[q->turn].over)
		put_lines(m->root, &q->of[q->turn++].lines);
	pthread_mutex_unlock(&m->root->lock);
}

void
message_queue_free(struct message_queue *q)
{
	free(q->of);
	*q = (struct message_queue){ 0 };
}

uint64_t
message_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
message_progress_end(struct messages *m)
{
	m = root_of(m);
	pthread_mutex_lock(&m->lock);
	end_progress_line(m);
	pthread_mutex_unlock(&m->lock);
}

/* Takes the line; writes it at once, unless it is not its capture's turn. */
static void
say_line(struct messages *m, struct buf *line)
{
	struct messages *root = root_of(m);
	struct buf *waiting =
	    m->queue != NULL ? &m->queue->of[m->number].lines : NULL;

	/* Nobody else puts lines there, and with the lock nothing may be
	 * allocated. */
	if (waiting != NULL)
		(void)buf_room(waiting, line->n);
	pthread_mutex_lock(&root->lock);
	if (waiting != NULL && m->queue->turn != m->number) {
		buf_put(waiting, line->p, line->n);
		buf_free(line);
	} else {
		if (waiting != NULL)
			put_lines(root, waiting);
		put_lines(root, line);
	}
	pthread_mutex_unlock(&root->lock);
}

struct saying {
	struct messages *m;
	const char *color;
	const char *file;
	bool kept; /* as m->first */
	char words[1024];
};

/* Writes the line in one go, with nothing in it that drives a terminal. */
static void
say_in_order(void *arg)
{
	const struct saying *x = arg;
	struct buf line = { 0 };

	if (x->kept && x->m->first != NULL && *x->m->first == NULL)
		*x->m->first = xstrdup(x->words);
	buf_printf(&line, "%stcpsession:%s ", x->m->color ? x->color : "",
	    x->m->color ? "\033[0m" : "");
	if (x->file != NULL) {
		escape_name(&line, x->file);
		buf_str(&line, ": ");
	}
	escape_name(&line, x->words);
	buf_byte(&line, '\n');
	say_line(x->m, &line);
}

/* What can be shown of s, as ASCII. */
static void
put_shown(const char *s)
{
	for (; *s != '\0'; s++)
		putc(*s >= ' ' && *s < 0x7f ? *s : '?', stderr);
}

/* The same where there is no memory for a line. */
static void
say_at_once(const struct saying *x)
{
	struct messages *root = root_of(x->m);

	pthread_mutex_lock(&root->lock);
	end_progress_line(root);
	put_shown("tcpsession: ");
	if (x->file != NULL) {
		put_shown(x->file);
		put_shown(": ");
	}
	put_shown(x->words);
	putc('\n', stderr);
	pthread_mutex_unlock(&root->lock);
}

static void say(struct saying *x, const char *fmt, va_list ap)
    ATTR_PRINTF(2, 0);

static void
say(struct saying *x, const char *fmt, va_list ap)
{
	vsnprintf(x->words, sizeof(x->words), fmt, ap);
	if (!xalloc_guard(say_in_order, x))
		say_at_once(x);
}

void
message_error(struct messages *m, const char *file, const char *fmt, ...)
{
	struct saying x = {
		.m = m,
		.color = "\033[1;31m",
		.file = file,
		.kept = true,
	};
	va_list ap;

	va_start(ap, fmt);
	say(&x, fmt, ap);
	va_end(ap);
}

void
message_warn(struct messages *m, const char *file, const char *fmt, ...)
{
	struct saying x = {
		.m = m,
		.color = "\033[1;35m",
		.file = file,
	};
	va_list ap;

	if (m->quiet)
		return;
	va_start(ap, fmt);
	say(&x, fmt, ap);
	va_end(ap);
}

void
message_remark(struct messages *m, const char *file, const char *fmt, ...)
{
	struct saying x = {
		.m = m,
		.color = "\033[1m",
		.file = file,
	};
	va_list ap;

	if (!m->verbose)
		return;
	va_start(ap, fmt);
	say(&x, fmt, ap);
	va_end(ap);
}

static void
put_left(struct buf *b, uint64_t seconds)
{
	unsigned s = (unsigned)(seconds % 60);
	unsigned m = (unsigned)(seconds / 60 % 60);
	unsigned long long h = seconds / 3600;

	if (h > 0)
		buf_printf(b, ", %llu:%02u:%02u left", h, m, s);
	else
		buf_printf(b, ", %u:%02u left", m, s);
}

/* What a line has no room for, what is missed least first. */
enum {
	LESS_RATE = 1,
	LESS_PACKETS,
	LESS_SESSIONS,
	LESS_NAME,
	LESS_END,
};

/* Without what is named up to `less'. */
static void
put_progress(struct buf *b, const struct progress *p, int less)
{
	const struct progress_sum *sum = p->sum;
	char text[16];
	uint64_t ms = message_clock_ms() - sum->started_ms;
	uint64_t bytes = sum->done.bytes;
	uint64_t per_second = ms > 0 ? bytes * 1000 / ms : 0;

	if (less < LESS_NAME)
		escape_name(b, p->name);
	if (sum->files > 1)
		buf_printf(b, "%s(%zu of %zu)", less < LESS_NAME ? " " : "",
		    p->file, sum->files);
	fmt_human(text, bytes);
	buf_printf(b, "%s%s", less < LESS_NAME || sum->files > 1 ? ": " : "",
	    text);
	/* A file may grow while it is read. */
	if (sum->total >= bytes && sum->total > 0) {
		fmt_human(text, sum->total);
		buf_printf(b, " of %s (%u%%)", text,
		    (unsigned)(bytes * 100 / sum->total));
	}
	if (less < LESS_PACKETS)
		buf_printf(b, ", %llu packets",
		    (unsigned long long)sum->done.packets);
	if (less < LESS_SESSIONS)
		buf_printf(b, ", %llu sessions",
		    (unsigned long long)sum->done.sessions);
	fmt_human(text, per_second);
	if (less < LESS_RATE)
		buf_printf(b, ", %s/s", text);
	if (p->dropped > 0)
		buf_printf(b, ", %llu packets dropped",
		    (unsigned long long)p->dropped);
	if (sum->total > bytes && per_second > 0)
		put_left(b, (sum->total - bytes) / per_second);
}

/* The lock is held. */
static void
add_to_sum(struct progress *p)
{
	struct progress_count *done = &p->sum->done;

	done->bytes += p->now.bytes - p->reported.bytes;
	done->packets += p->now.packets - p->reported.packets;
	done->sessions += p->now.sessions - p->reported.sessions;
	p->reported = p->now;
}

void
message_progress_begin(struct messages *m, struct progress *p)
{
	m = root_of(m);
	pthread_mutex_lock(&m->lock);
	p->file = ++p->sum->begun;
	pthread_mutex_unlock(&m->lock);
}

void
message_progress_pass(struct messages *m, struct progress *p, uint64_t size,
    bool its_output)
{
	m = root_of(m);
	if (p->now.bytes < size)
		p->now.bytes = size;
	pthread_mutex_lock(&m->lock);
	add_to_sum(p);
	pthread_mutex_unlock(&m->lock);
	p->now.bytes = p->reported.bytes = 0;
	if (its_output)
		p->now = p->reported = (struct progress_count){ 0 };
}

struct progress_line {
	struct messages *m;
	const struct progress *p;
	bool asked;   /* for a line of its own (SIGUSR1) */
	struct buf b; /* owned by whoever draws it */
};

static void
fill_line(void *arg)
{
	struct progress_line *x = arg;
	bool passes = !x->asked && x->m->terminal;

	/* It may have another width each time. */
	size_t room = passes ? terminal_columns(STDERR_FILENO) : 0;
	size_t from;

	buf_str(&x->b, passes ? "\r\033[K" : x->asked ? "tcpsession: " : "");
	from = x->b.n;
	put_progress(&x->b, x->p, 0);
	/* A line that is as wide as the terminal cannot be drawn over. */
	for (int less = 1; less < LESS_END && room > 0 && x->b.n - from >= room;
	     less++) {
		x->b.n = from;
		put_progress(&x->b, x->p, less);
	}
	if (room > 0 && x->b.n - from >= room)
		x->b.n = from + room - 1;
	if (!passes)
		buf_byte(&x->b, '\n');
}

/* The lock is held.  Without memory there is no line. */
static void
draw_progress(struct messages *m, const struct progress *p, bool asked)
{
	struct progress_line x = { .m = m, .p = p, .asked = asked };

	if (xalloc_guard(fill_line, &x)) {
		m->line_open = !asked && m->terminal;
		fwrite(x.b.p, 1, x.b.n, stderr);
	}
	buf_free(&x.b);
}

void
message_progress(struct messages *m, struct progress *p)
{
	unsigned interval =
	    m->terminal ? PROGRESS_TERMINAL_MS : PROGRESS_OTHER_MS;
	uint64_t now = message_clock_ms();

	m = root_of(m);
	pthread_mutex_lock(&m->lock);
	add_to_sum(p);
	if (m->progress && now - m->last_ms >= interval) {
		m->last_ms = now;
		draw_progress(m, p, false);
	}
	pthread_mutex_unlock(&m->lock);
}

void
message_status(struct messages *m, struct progress *p)
{
	m = root_of(m);
	pthread_mutex_lock(&m->lock);
	add_to_sum(p);
	end_progress_line(m);
	draw_progress(m, p, true);
	pthread_mutex_unlock(&m->lock);
}
