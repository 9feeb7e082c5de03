/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_pcap.c: any bytes as a capture, all the way to the products.
 *
 * The model's promises are held by record.c; beyond them: no more bytes come
 * out than were in the segments, every session that was opened is closed, each
 * with payload has its products and is printed, nothing that is printed drives
 * a terminal, and a second run gives the same.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "capture/capture.h"
#include "decode/decode.h"
#include "lib/record.h"
#include "lib/require.h"
#include "flow/flow.h"
#include "sinks/sinks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is written, all files in one string, and counts. */
struct memory {
	struct out out;
	struct buf all;
	uint64_t raw_bytes;
	uint64_t files;
	uint64_t closed;
	uint64_t texts;
	uint64_t jsons;
	uint64_t pcaps;
	uint64_t timings;
};

struct file_buffer {
	struct out_file f;
	bool is_raw;
};

static bool
ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), k = strlen(ending);

	return n >= k && strcmp(name + n - k, ending) == 0;
}

static struct out_file *
create(struct out *o, const char *name, int64_t mtime_ns)
{
	struct memory *m = (struct memory *)(void *)o;
	struct file_buffer *f = xcalloc(1, sizeof(*f));

	REQUIRE(strchr(name, '/') == NULL && name[0] != '.');
	f->f.out = o;
	f->is_raw = ends_in(name, ".c2s") || ends_in(name, ".s2c");
	m->texts += ends_in(name, ".txt");
	m->jsons += ends_in(name, ".json");
	m->pcaps += ends_in(name, ".pcap");
	m->timings += ends_in(name, ".timing");
	m->files++;
	buf_printf(&m->all, "create %s %" PRId64 "\n", name, mtime_ns);
	return &f->f;
}

static void
write_some(struct out_file *file, const void *p, size_t n)
{
	struct memory *m = (struct memory *)(void *)file->out;
	const struct file_buffer *f =
	    (const struct file_buffer *)(const void *)file;

	if (f->is_raw)
		m->raw_bytes += n;
	buf_put(&m->all, p, n);
}

static void
hole(struct out_file *file, uint64_t n)
{
	struct memory *m = (struct memory *)(void *)file->out;

	buf_printf(&m->all, "hole %" PRIu64 "\n", n);
}

static void
settle(struct out_file *file)
{
	(void)file;
}

static void
close_file(struct out_file *file)
{
	struct memory *m = (struct memory *)(void *)file->out;

	m->closed++;
	free(file);
}

static const struct out_ops memory_ops = {
	.create = create,
	.write = write_some,
	.hole = hole,
	.settle = settle,
	.close = close_file,
	.discard = close_file,
};

/* Everything is told to the record and to the sinks. */
struct tee {
	struct events sinks;
	struct record rec;
	struct flows *flows;
	uint64_t payload;
};

struct both {
	void *sink;
	void *rec;
};

static void *
on_open(void *ctx, const struct session *s)
{
	struct tee *t = ctx;
	struct both *b = xcalloc(1, sizeof(*b));

	b->sink = t->sinks.open(t->sinks.ctx, s);
	b->rec = t->rec.events.open(&t->rec, s);
	return b;
}

static void
on_data(void *ctx, void *handle, const struct chunk *c)
{
	struct tee *t = ctx;
	struct both *b = handle;

	t->sinks.data(t->sinks.ctx, b->sink, c);
	t->rec.events.data(&t->rec, b->rec, c);
}

static void
on_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct tee *t = ctx;
	struct both *b = handle;

	t->sinks.gap(t->sinks.ctx, b->sink, dir, g);
	t->rec.events.gap(&t->rec, b->rec, dir, g);
}

static void
on_turn(void *ctx, void *handle, const struct chunk *c)
{
	struct tee *t = ctx;
	struct both *b = handle;

	t->sinks.turn(t->sinks.ctx, b->sink, c);
	t->rec.events.turn(&t->rec, b->rec, c);
}

static void
on_turn_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct tee *t = ctx;
	struct both *b = handle;

	t->sinks.turn_gap(t->sinks.ctx, b->sink, dir, g);
	t->rec.events.turn_gap(&t->rec, b->rec, dir, g);
}

static void
on_packet(void *ctx, void *handle, const struct packet_event *p)
{
	struct tee *t = ctx;
	struct both *b = handle;

	t->sinks.packet(t->sinks.ctx, b->sink, p);
	t->rec.events.packet(&t->rec, b->rec, p);
}

static void
on_settle(void *ctx, void *handle)
{
	struct tee *t = ctx;
	struct both *b = handle;

	t->sinks.settle(t->sinks.ctx, b->sink);
	t->rec.events.settle(&t->rec, b->rec);
}

static void
on_close(void *ctx, void *handle, const struct session *s)
{
	struct tee *t = ctx;
	struct both *b = handle;

	t->sinks.close(t->sinks.ctx, b != NULL ? b->sink : NULL, s);
	t->rec.events.close(&t->rec, b != NULL ? b->rec : NULL, s);
	free(b);
}

static void
on_segment(void *arg, const struct segment *seg)
{
	struct tee *t = arg;

	t->payload += seg->payload.n;
	flows_segment(t->flows, seg);
}

static void
read_capture(struct tee *t, struct slice bytes)
{
	struct capture *c = capture_new_mem(bytes);
	struct decoder *d = decoder_new(on_segment, t);
	struct packet p;

	decoder_keep_frames(d);
	while (capture_next(c, &p) == CAPTURE_PACKET)
		decode_packet(d, &p);
	decoder_free(d);
	capture_free(c);
}

static void
check(const struct tee *t, const struct memory *m)
{
	uint64_t delivered = 0, talking = 0;

	REQUIRE(record_is_complete(&t->rec));
	REQUIRE(flows_stats(t->flows).live == 0);
	for (size_t i = 0; i < t->rec.n; i++) {
		const struct rec_session *rs = t->rec.v[i];

		delivered += rs->data[0].n + rs->data[1].n;
		talking += rs->data[0].n + rs->data[1].n > 0;
	}
	REQUIRE(delivered <= t->payload);
	REQUIRE(m->raw_bytes == delivered);
	REQUIRE(m->closed == m->files);
	REQUIRE(m->texts == talking);
	REQUIRE(m->jsons >= talking && m->jsons <= t->rec.n);
	REQUIRE(m->pcaps >= m->jsons && m->pcaps <= t->rec.n);
	REQUIRE(m->timings == m->pcaps);
}

/* Each session that spoke is printed once, and that in plain ASCII. */
static void
check_printed(struct buf *text, const struct memory *m, bool objects)
{
	uint64_t ends = 0;
	uint8_t before = '\n';

	for (size_t i = 0; i < text->n; i++) {
		uint8_t c = text->p[i];

		REQUIRE(c == '\n' || (c >= ' ' && c <= '~'));
		ends += before == '\n' && c == '=';
		before = c;
	}
	REQUIRE(before == '\n');
	REQUIRE(objects || ends == m->texts);
}

static void
run(struct slice bytes, struct memory *m, bool roomy)
{
	struct model_config cfg = {
		.stream.max_bytes = UINT64_MAX,
		.stream.max_gap = roomy ? (uint64_t)1 << 20 : 5000,
		.max_memory = roomy ? (uint64_t)64 << 20 : 4000,
		.idle_ns = roomy ? 0 : 1000000000,
	};
	struct memory shown = { .out = { &memory_ops } };
	struct console console = {
		.product = CONSOLE_PRINT,
		.format = roomy	     ? FORMAT_TEXT :
		    bytes.n % 4 == 1 ? FORMAT_HEX :
				       FORMAT_JSON,
		.ascii = true,
		.file = out_create(&shown.out, "shown", 0),
	};
	struct sink_env env = {
		.spill = spill_new(roomy ? 1 << 20 : 1 << 10),
		.capture = "fuzz",
		.console = &console,
	};
	struct tee t = { 0 };
	struct events events = {
		.ctx = &t,
		.wants_turns = true,
		.open = on_open,
		.data = on_data,
		.gap = on_gap,
		.turn = on_turn,
		.turn_gap = on_turn_gap,
		.wants_packets = true,
		.packet = on_packet,
		.settle = on_settle,
		.close = on_close,
	};
	struct sinks *sinks;
	unsigned emit = 0;

	*m = (struct memory){ .out = { &memory_ops } };
	env.out = &m->out;
	REQUIRE(sinks_parse_emit("raw,text,hex,json,pcap,timing", &emit));
	sinks = sinks_new(&env, emit);
	t.sinks = sinks_events(sinks);
	record_init(&t.rec, true);
	t.rec.events.wants_packets = true;
	t.flows = flows_new(&cfg, env.spill, &events);
	read_capture(&t, bytes);
	flows_end(t.flows);
	sinks_finish(sinks);
	check(&t, m);
	out_close(console.file);
	check_printed(&shown.all, m, console.format == FORMAT_JSON);
	buf_free(&shown.all);
	flows_free(t.flows);
	sinks_free(sinks);
	record_free(&t.rec);
	REQUIRE(spill_memory(env.spill) == 0);
	spill_free(env.spill);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { data, size };
	struct memory a, b;
	bool roomy = size % 2 == 0;

	run(bytes, &a, roomy);
	run(bytes, &b, roomy);
	REQUIRE(a.all.n == b.all.n);
	REQUIRE(a.all.n == 0 || memcmp(a.all.p, b.all.p, a.all.n) == 0);
	buf_free(&a.all);
	buf_free(&b.all);
	return 0;
}
