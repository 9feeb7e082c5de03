/* message.c: lines on standard error. */
#include "app/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/terminal.h"
#include "base/buf.h"
#include "base/escape.h"
#include "base/fmt.h"

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
	    (m.terminal && !cfg->quiet && !terminal_is_taken(cfg));
	return m;
}

uint64_t
message_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The lock is held. */
static void
end_line(struct messages *m)
{
	if (!m->line_open)
		return;
	fputs(m->terminal ? "\r\033[K" : "\n", stderr);
	m->line_open = false;
}

void
message_progress_end(struct messages *m)
{
	pthread_mutex_lock(&m->lock);
	end_line(m);
	pthread_mutex_unlock(&m->lock);
}

/* Writes the line in one go, with nothing in it that drives a terminal. */
static void say(struct messages *m, const char *color, const char *file,
    const char *fmt, va_list ap) ATTR_PRINTF(4, 0);

static void
say(struct messages *m, const char *color, const char *file, const char *fmt,
    va_list ap)
{
	struct buf text = { 0 }, line = { 0 };
	char words[1024];

	vsnprintf(words, sizeof(words), fmt, ap);
	if (file != NULL) {
		escape_name(&text, file);
		buf_str(&text, ": ");
	}
	escape_name(&text, words);
	buf_printf(&line, "%stcpsession:%s ", m->color ? color : "",
	    m->color ? "\033[0m" : "");
	buf_put(&line, text.p, text.n);
	buf_byte(&line, '\n');
	pthread_mutex_lock(&m->lock);
	end_line(m);
	fwrite(line.p, 1, line.n, stderr);
	pthread_mutex_unlock(&m->lock);
	buf_free(&text);
	buf_free(&line);
}

void
message_error(struct messages *m, const char *file, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(m, "\033[1;31m", file, fmt, ap);
	va_end(ap);
}

void
message_warn(struct messages *m, const char *file, const char *fmt, ...)
{
	va_list ap;

	if (m->quiet)
		return;
	va_start(ap, fmt);
	say(m, "\033[1;33m", file, fmt, ap);
	va_end(ap);
}

void
message_remark(struct messages *m, const char *file, const char *fmt, ...)
{
	va_list ap;

	if (!m->verbose)
		return;
	va_start(ap, fmt);
	say(m, "\033[1m", file, fmt, ap);
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

static void
put_progress(struct buf *b, const struct progress *p)
{
	const struct progress_sum *sum = p->sum;
	char text[16];
	uint64_t ms = message_clock_ms() - sum->started_ms;
	uint64_t bytes = sum->done.bytes;
	uint64_t per_second = ms > 0 ? bytes * 1000 / ms : 0;

	escape_name(b, p->name);
	if (sum->files > 1)
		buf_printf(b, " (%zu of %zu)", p->file, sum->files);
	fmt_human(text, bytes);
	buf_printf(b, ": %s", text);
	/* A file may grow while it is read. */
	if (sum->total >= bytes && sum->total > 0) {
		fmt_human(text, sum->total);
		buf_printf(b, " of %s (%u%%)", text,
		    (unsigned)(bytes * 100 / sum->total));
	}
	fmt_human(text, per_second);
	buf_printf(b, ", %llu packets, %llu sessions, %s/s",
	    (unsigned long long)sum->done.packets,
	    (unsigned long long)sum->done.sessions, text);
	if (p->dropped > 0)
		buf_printf(b, ", %llu packets dropped",
		    (unsigned long long)p->dropped);
	if (sum->total > bytes && per_second > 0)
		put_left(b, (sum->total - bytes) / per_second);
}

/* The lock is held. */
static void
tell(struct progress *p)
{
	struct progress_count *done = &p->sum->done;

	done->bytes += p->now.bytes - p->told.bytes;
	done->packets += p->now.packets - p->told.packets;
	done->sessions += p->now.sessions - p->told.sessions;
	p->told = p->now;
}

void
message_progress_begin(struct messages *m, struct progress *p)
{
	pthread_mutex_lock(&m->lock);
	p->file = ++p->sum->begun;
	pthread_mutex_unlock(&m->lock);
}

void
message_progress_pass(struct messages *m, struct progress *p, uint64_t size,
    bool its_output)
{
	if (p->now.bytes < size)
		p->now.bytes = size;
	pthread_mutex_lock(&m->lock);
	tell(p);
	pthread_mutex_unlock(&m->lock);
	p->now.bytes = p->told.bytes = 0;
	if (its_output)
		p->now = p->told = (struct progress_count){ 0 };
}

/* The lock is held. */
static void
draw(struct messages *m, const struct progress *p)
{
	struct buf b = { 0 };

	buf_str(&b, m->terminal ? "\r\033[K" : "");
	put_progress(&b, p);
	if (!m->terminal)
		buf_byte(&b, '\n');
	m->line_open = m->terminal;
	fwrite(b.p, 1, b.n, stderr);
	buf_free(&b);
}

void
message_progress(struct messages *m, struct progress *p)
{
	unsigned interval =
	    m->terminal ? PROGRESS_TERMINAL_MS : PROGRESS_OTHER_MS;
	uint64_t now = message_clock_ms();

	pthread_mutex_lock(&m->lock);
	tell(p);
	if (m->progress && now - m->last_ms >= interval) {
		m->last_ms = now;
		draw(m, p);
	}
	pthread_mutex_unlock(&m->lock);
}

void
message_status(struct messages *m, struct progress *p)
{
	struct buf b = { 0 };

	pthread_mutex_lock(&m->lock);
	tell(p);
	end_line(m);
	buf_str(&b, "tcpsession: ");
	put_progress(&b, p);
	buf_byte(&b, '\n');
	fwrite(b.p, 1, b.n, stderr);
	pthread_mutex_unlock(&m->lock);
	buf_free(&b);
}
