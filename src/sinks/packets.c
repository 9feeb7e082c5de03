/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * packets.c: one line a packet on standard output, session by session.
 *
 * A session's lines wait in a log until it ends.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "base/json.h"
#include "base/xalloc.h"
#include "sinks/color.h"
#include "sinks/sink.h"
#include "inspect/enum_names.h"

/* Columns of the parts of a line. */
#define FLAGS_WIDTH 6
#define SEQ_WIDTH 22
#define ACK_WIDTH 11
/* Below so many columns of a terminal some are narrower by so much. */
#define WIDE 100
#define SEQ_LESS 4
#define OTHER_LESS 2

/* Of the whole capture. */
struct packets_run {
	bool named; /* the capture's name is written */
};

struct packets {
	struct sink_session *ss;
	struct packets_run *run;
	struct spill_log lines;
};

static void *
packets_begin(const struct sink_env *env)
{
	(void)env;
	return xcalloc(1, sizeof(struct packets_run));
}

static void
packets_end(void *run, struct buf *remark)
{
	(void)remark;
	free(run);
}

static void
packets_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct packets *x = st;

	(void)s;
	x->ss = ss;
	x->run = ss->run;
}

static void
keep_line(struct packets *x, const struct buf *b)
{
	spill_log_put(x->ss->env->spill, &x->lines, b->p, b->n);
}

static void
write_lines(struct packets *x)
{
	spill_log_write(x->ss->env->spill, &x->lines,
	    x->ss->env->console->file);
}

static void
packets_fini(struct packets *x)
{
	spill_log_free(x->ss->env->spill, &x->lines);
	x->lines = (struct spill_log){ 0 };
}

/* ---- text ---- */

/* Fills up with spaces to width bytes behind from. */
static void
pad(struct buf *b, size_t from, size_t width)
{
	do
		buf_byte(b, ' ');
	while (b->n < from + width);
}

static void
put_seq(struct buf *b, const struct packet_event *p)
{
	uint32_t len = p->seg->payload_len;

	if (len == 0 && !(p->seg->flags & (TCP_SYN | TCP_FIN | TCP_RST)))
		return;
	buf_printf(b, "seq %" PRId64, p->seq);
	if (len > 0)
		buf_printf(b, ":%" PRId64, p->seq + len);
}

static void
put_words(struct buf *b, unsigned notes)
{
	const char *before = "  ";

	for (unsigned i = 0; enum_name_packet_note(i) != NULL; i++) {
		if (!(notes & 1u << i))
			continue;
		buf_str(b, before);
		buf_str(b, enum_name_packet_note(i));
		before = ", ";
	}
}

static void
put_numbers(struct buf *b, const struct packet_event *p, bool narrow)
{
	int less = narrow ? OTHER_LESS : 0;
	char flags[ENUM_NAME_FLAGS_LEN];
	size_t from = b->n;

	enum_name_packet_flags(flags, p->seg->flags);
	buf_printf(b, "[%s]", flags[0] != '\0' ? flags : "none");
	pad(b, from, FLAGS_WIDTH);
	from = b->n;
	put_seq(b, p);
	pad(b, from, SEQ_WIDTH - (narrow ? SEQ_LESS : 0));
	from = b->n;
	if (p->seg->flags & TCP_ACK)
		buf_printf(b, "ack %" PRId64, p->ack);
	pad(b, from, ACK_WIDTH);
	buf_printf(b, "win %-*" PRIu64 " length %" PRIu32, 8 - less, p->window,
	    p->seg->payload_len);
}

/* What is longer than the terminal is wide does without spaces of its columns,
 * the last ones first, then without its end. */
static void
fit(struct buf *b, size_t from, size_t width)
{
	size_t len = b->n - from, to = b->n;

	if (width == 0 || len <= width)
		return;
	for (size_t i = b->n; i-- > from;)
		if (len > width && i > from && b->p[i] == ' ' &&
		    b->p[i - 1] == ' ')
			len--;
		else
			b->p[--to] = b->p[i];
	memmove(b->p + from, b->p + to, len);
	b->n = from + len;
	if (len <= width)
		return;
	b->n = from + width - 1;
	buf_byte(b, '~');
}

static void
packets_text_packet(void *st, const struct packet_event *p)
{
	static const char *const colors[2] = { COLOR_CLIENT, COLOR_SERVER };
	struct packets *x = st;
	const struct sink_session *ss = x->ss;
	bool color = ss->env->console->color;
	struct buf *b = ss->env->scratch;
	const struct segment *seg = p->seg;
	unsigned columns = ss->env->console->width;
	bool narrow = columns > 0 && columns < WIDE;
	int less = narrow ? OTHER_LESS : 0;
	char arrow = "><"[p->dir];
	size_t from;
	char seconds[FMT_SECONDS_LEN];

	fmt_seconds(seconds, fmt_since(seg->ts_ns, ss->start_ns),
	    ss->ts_digits);
	buf_reset(b);
	if (color)
		buf_str(b, colors[p->dir]);
	from = b->n;
	buf_printf(b, "%c #%-*" PRIu64 " %*s ", arrow, 6 - less, seg->packet,
	    ss->ts_digits + 5 - less, seconds);
	put_numbers(b, p, narrow);
	put_words(b, p->notes);
	fit(b, from, columns);
	buf_str(b, color ? COLOR_END "\n" : "\n");
	keep_line(x, b);
}

/* A line about the lines, or several where it is too long; text is ours. */
static void
put_around(const struct packets *x, struct buf *b, const char *text)
{
	const struct console *c = x->ss->env->console;

	for (size_t n; *text != '\0'; text += n) {
		n = strlen(text);
		if (c->width > 0 && n > c->width) {
			n = c->width;
			while (n > 0 && text[n] != ' ')
				n--;
			n = n > 0 ? n : c->width;
		}
		buf_printf(b, "%s%.*s%s\n", c->color ? COLOR_DIM : "", (int)n,
		    text, c->color ? COLOR_END : "");
		n += strspn(text + n, " ");
	}
}

static void
put_capture_line(struct packets *x, struct buf *b)
{
	if (!x->ss->env->console->many || x->run->named)
		return;
	buf_str(b, "capture ");
	console_name(x->ss->env->console, b, x->ss->env->capture);
	buf_byte(b, '\n');
	x->run->named = true;
}

static void
put_heading(struct packets *x, struct buf *b)
{
	const struct sink_session *ss = x->ss;
	char client[FMT_ENDPOINT_LEN], server[FMT_ENDPOINT_LEN];
	/* Two endpoints, a number of 20 digits and 28 characters more fit. */
	char line[2 * FMT_ENDPOINT_LEN + 64];

	put_capture_line(x, b);
	fmt_endpoint(client, ss->client.addr, ss->client.family,
	    ss->client.port);
	fmt_endpoint(server, ss->server.addr, ss->server.family,
	    ss->server.port);
	snprintf(line, sizeof line, "session %" PRIu64 ": client %s, server %s",
	    ss->number, client, server);
	put_around(x, b, line);
}

static void
put_ending(const struct packets *x, struct buf *b, const struct session *s)
{
	const char *by = enum_name_closed_by(s->closed_by);
	bool local = x->ss->env->console->local_time;
	char first[FMT_TIME_LEN], last[FMT_TIME_LEN];
	/* A time, a number of 20 digits and three words fit. */
	char line[FMT_TIME_LEN + 64];

	fmt_time_as(first, s->start_ns, s->ts_digits, local);
	fmt_time_as(last, s->end_ns, s->ts_digits, local);
	snprintf(line, sizeof line, "first packet #%" PRIu64 ", %s",
	    s->first_packet, first);
	put_around(x, b, line);
	snprintf(line, sizeof line, "last packet #%" PRIu64 ", %s: %s%s%s",
	    s->last_packet, last, enum_name_close(s->close),
	    by != NULL ? " " : "", by != NULL ? by : "");
	put_around(x, b, line);
}

/* Should more come after all, that is one more piece. */
static bool
packets_text_show(void *st, const struct session *s)
{
	struct packets *x = st;
	struct out_file *file = x->ss->env->console->file;
	struct buf *b = x->ss->env->scratch;

	console_begin(x->ss->env->console, true);
	buf_reset(b);
	put_heading(x, b);
	out_write(file, b->p, b->n);
	write_lines(x);
	buf_reset(b);
	put_ending(x, b, s);
	out_write(file, b->p, b->n);
	packets_fini(x);
	return true;
}

static void
packets_text_close(void *st, const struct session *s)
{
	struct packets *x = st;

	if (!x->ss->unwanted && (x->lines.size > 0 || !s->shown))
		packets_text_show(st, s);
	packets_fini(x);
}

const struct sink sink_packets_text = {
	.name = "packets",
	.size = sizeof(struct packets),
	.cost = SINK_COST,
	.wants_packets = true,
	.bare = true,
	.begin = packets_begin,
	.end = packets_end,
	.open = packets_open,
	.packet = packets_text_packet,
	.show = packets_text_show,
	.close = packets_text_close,
};

/* ---- json ---- */

static void
json_key_u64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_u64(j, v);
}

static void
json_key_i64(struct json *j, const char *key, int64_t v)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, v);
	json_key(j, key);
	json_number(j, text);
}

static void
json_key_string(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_string(j, s);
}

static void
put_when(struct json *j, const struct sink_session *ss, int64_t ts_ns)
{
	char time[FMT_TIME_LEN], seconds[FMT_SECONDS_LEN];

	fmt_time(time, ts_ns, ss->ts_digits);
	json_key_string(j, "time", time);
	fmt_seconds(seconds, fmt_since(ts_ns, ss->start_ns), ss->ts_digits);
	json_key(j, "since_start");
	json_number(j, seconds);
}

static void
put_what(struct json *j, const struct packet_event *p)
{
	char flags[ENUM_NAME_FLAGS_LEN];

	enum_name_packet_flags(flags, p->seg->flags);
	json_key_string(j, "flags", flags);
	json_key_i64(j, "seq", p->seq);
	if (p->seg->flags & TCP_ACK) {
		json_key_i64(j, "ack", p->ack);
	} else {
		json_key(j, "ack");
		json_null(j);
	}
	json_key_u64(j, "window", p->window);
	json_key_u64(j, "length", p->seg->payload_len);
	json_key_u64(j, "captured", p->seg->payload.n);
	json_key(j, "notes");
	json_array(j);
	for (unsigned i = 0; enum_name_packet_note(i) != NULL; i++)
		if (p->notes & 1u << i)
			json_string(j, enum_name_packet_note_key(i));
	json_array_end(j);
}

static void
packets_json_packet(void *st, const struct packet_event *p)
{
	struct packets *x = st;
	const struct sink_session *ss = x->ss;
	struct buf *b = ss->env->scratch;
	struct json j = json_on(b);

	buf_reset(b);
	json_object(&j);
	json_key_u64(&j, "session", ss->number);
	json_key_string(&j, "capture", ss->env->capture);
	json_key_u64(&j, "packet", p->seg->packet);
	json_key_u64(&j, "ordinal", p->ordinal);
	json_key_string(&j, "direction", p->dir == 0 ? "c2s" : "s2c");
	put_when(&j, ss, p->seg->ts_ns);
	put_what(&j, p);
	json_object_end(&j);
	buf_byte(b, '\n');
	console_json(ss->env->console, b, 0);
	keep_line(x, b);
}

static bool
packets_json_show(void *st, const struct session *s)
{
	struct packets *x = st;

	(void)s;
	write_lines(x);
	packets_fini(x);
	return true;
}

static void
packets_json_close(void *st, const struct session *s)
{
	struct packets *x = st;

	(void)s;
	if (!x->ss->unwanted)
		write_lines(x);
	packets_fini(x);
}

const struct sink sink_packets_json = {
	.name = "packets",
	.size = sizeof(struct packets),
	.cost = SINK_COST,
	.wants_packets = true,
	.open = packets_open,
	.packet = packets_json_packet,
	.show = packets_json_show,
	.close = packets_json_close,
};
