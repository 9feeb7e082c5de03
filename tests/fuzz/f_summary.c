/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_summary.c: any session in every format of the summary.
 *
 * The first bytes say format, order and width, each of the following records
 * is a session or a flow.  Every line of a table fits, and nothing that comes
 * out is more than printable ASCII.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "base/xalloc.h"
#include "lib/require.h"
#include "sinks/sinks.h"
#include "sinks/summary_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Below this a line cannot always fit. */
#define WIDTH_LEAST 70
#define RECORD_LEN 128

struct screen {
	struct out_file f;
	struct out out;
	struct buf all;
};

static void
write_some(struct out_file *f, const void *p, size_t n)
{
	buf_put(&((struct screen *)(void *)f)->all, p, n);
}

static const struct out_ops screen_ops = { .write = write_some };

static void
set_side(struct side *side, const uint8_t *p)
{
	unsigned shift = p[0] % 64;

	side->packets = get_be64(p) >> shift;
	side->ip_bytes = get_be64(p + 1) >> shift;
	side->bytes = get_be64(p + 2) >> shift;
	side->missing = get_be64(p + 3) >> shift >> (p[3] % 64);
	side->retransmitted = get_be64(p + 4) >> shift;
	side->zero_window = p[5] > 200;
	side->flags = p[6];
}

static void
set_end(struct endpoint *e, const uint8_t *p, uint8_t family)
{
	e->family = family;
	memcpy(e->addr, p, family == 6 ? 16 : 4);
	e->port = get_be16(p + 16);
}

/* What the record p says. */
static struct session
session_of(const uint8_t *p)
{
	uint8_t family = p[0] & 1 ? 6 : 4;
	struct session s = {
		.number = get_be32(p + 1),
		.proto = p[0] & 2 ? PROTO_UDP : PROTO_TCP,
		.start_ns = (int64_t)get_be64(p + 5),
		.end_ns = (int64_t)get_be64(p + 13),
		.first_packet = get_be32(p + 21),
		.last_packet = get_be32(p + 25),
		.ts_digits = p[0] & 4 ? 9 : 6,
		.roles = (enum role_source)(p[29] % 3),
		.handshake = (enum handshake)(p[30] % 3),
		.close = (enum close_reason)(p[31] % (CLOSE_END + 1)),
		.closed_by = (enum closed_by)(p[32] % (CLOSED_BY_BOTH + 1)),
		.state = (enum conn_state)(p[33] % CONN_STATES),
		.history = p[0] & 8 ? "ShADadFf" : "",
		.rtt_ns = p[0] & 16 ? -1 : (int64_t)(get_be64(p + 34) >> 1),
		.notes = get_be16(p + 42),
	};

	set_end(&s.client, p + 44, family);
	set_end(&s.server, p + 62, family);
	set_side(&s.side[0], p + 80);
	set_side(&s.side[1], p + 92);
	return s;
}

static void
tell_datagrams(struct events *e, struct session *s, const uint8_t *p)
{
	const struct slice first[2] = { { p + 104, p[104] % 24 },
		{ p + 110, p[105] % 18 } };

	s->number = SESSION_NO_NUMBER;
	s->rtt_ns = -1;
	e->datagrams(e->ctx, s, first);
}

static void
tell_session(struct events *e, const struct session *s, const uint8_t *p)
{
	uint64_t off[2] = { 0 };
	void *handle = NULL;

	if (p[0] & 32)
		handle = e->open(e->ctx, s);
	for (size_t i = 104; handle != NULL && i < RECORD_LEN; i += 8) {
		struct chunk c = {
			.dir = p[i] & 1,
			.bytes = { p + i, p[i] % 8 + (size_t)1 },
			.packet = i,
			.ordinal = i,
			.ts_ns = (int64_t)get_be64(p + i - 4),
		};

		c.off = off[c.dir];
		off[c.dir] += c.bytes.n;
		e->data(e->ctx, handle, &c);
	}
	e->close(e->ctx, handle, s);
}

static void
check(const struct screen *s, unsigned width)
{
	size_t len = 0;

	for (size_t i = 0; i < s->all.n; i++) {
		uint8_t c = s->all.p[i];

		REQUIRE((c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' ||
		    c == '\t');
		len = c == '\n' ? 0 : len + 1;
		REQUIRE(width == 0 || len <= width);
	}
	REQUIRE(s->all.n == 0 || s->all.p[s->all.n - 1] == '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum console_format formats[] = { FORMAT_TABLE, FORMAT_CSV,
		FORMAT_JSON, FORMAT_ZEEK };
	struct screen screen = { .out = { &screen_ops } };
	struct console console = { .product = CONSOLE_SUMMARY,
		.file = &screen.f };
	struct sink_env env = { .console = &console, .capture = "=\x1b[m,\n" };
	struct summary_run *all;
	struct sinks *k;
	struct events e;

	if (size < 2)
		return 0;
	screen.f.out = &screen.out;
	console.format = formats[data[0] % 4];
	console.sort = (enum console_sort)(data[0] / 4 % SORTS);
	console.many = data[0] & 128;
	if (console.format == FORMAT_TABLE && data[1] > 0)
		console.width = WIDTH_LEAST + data[1];
	if (console.many)
		console.capture_width = summary_capture_width(env.capture);
	all = summary_run_new(&console);
	console.file = summary_run_file(all);
	env.spill = spill_new(1 << 10);
	k = sinks_new(&env, 0);
	e = sinks_events(k);
	for (size_t at = 2; size - at >= RECORD_LEN; at += RECORD_LEN) {
		struct session s = session_of(data + at);

		if (s.proto == PROTO_UDP)
			tell_datagrams(&e, &s, data + at);
		else
			tell_session(&e, &s, data + at);
	}
	sinks_finish(k);
	REQUIRE(summary_run_end(all) == 0);
	check(&screen, console.width);
	sinks_free(k);
	summary_run_free(all);
	REQUIRE(spill_memory(env.spill) == 0);
	spill_free(env.spill);
	buf_free(&screen.all);
	return 0;
}
