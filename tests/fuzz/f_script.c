/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_script.c: any bytes as both directions of two sessions that carry scripts.
 *
 * A record is two bytes and so many bytes as they say: bit 15 the direction,
 * bit 14 a hole instead, bit 13 the second session.  What is written must not
 * depend on how the turns are cut, and all memory is given back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lib/require.h"
#include "sinks/sinks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that is written, summed up by file. */
struct sums {
	struct out out;
	size_t open;
	uint64_t total;
};

struct sum {
	struct out_file f;
	uint64_t of;
};

static struct out_file *
sum_create(struct out *o, const char *name, int64_t mtime_ns)
{
	struct sums *s = (struct sums *)o;
	struct sum *f = calloc(1, sizeof *f);

	(void)mtime_ns;
	REQUIRE(f != NULL);
	f->f.out = o;
	for (; *name != '\0'; name++)
		f->of = f->of * 31 + (uint8_t)*name;
	s->open++;
	return &f->f;
}

static void
sum_write(struct out_file *file, const void *p, size_t n)
{
	struct sum *f = (struct sum *)file;

	for (size_t i = 0; i < n; i++)
		f->of = f->of * 31 + ((const uint8_t *)p)[i];
}

static void
sum_settle(struct out_file *file)
{
	(void)file;
}

static void
sum_close(struct out_file *file)
{
	struct sums *s = (struct sums *)file->out;

	s->total += ((struct sum *)file)->of;
	s->open--;
	free(file);
}

struct talk {
	struct events e;
	struct session s[2];
	void *handle[2];
	uint64_t next[2][2];
};

static void
put(struct talk *t, int which, int dir, struct cur bytes, size_t piece)
{
	while (cur_left(&bytes) > 0) {
		size_t left = cur_left(&bytes);
		size_t n = left < piece ? left : piece;
		uint8_t *own = malloc(n);
		struct chunk c = { .dir = dir,
			.off = t->next[which][dir],
			.bytes = { own, n },
			.packet = 1,
			.ts_ns = 1 };

		REQUIRE(own != NULL);
		memcpy(own, bytes.pos, n);
		t->e.turn(t->e.ctx, t->handle[which], &c);
		t->next[which][dir] += n;
		free(own);
		cur_skip(&bytes, n);
	}
}

static void
tell(struct talk *t, struct cur c, size_t piece)
{
	uint16_t head;

	while (cur_be16(&c, &head)) {
		int dir = head >> 15;
		int which = head >> 13 & 1;
		size_t n = head & 0x1fff;
		struct gap g = { t->next[which][dir], n, GAP_NOT_CAPTURED };

		if ((head & 0x4000) != 0) {
			if (n > 0)
				t->e.turn_gap(t->e.ctx, t->handle[which], dir,
				    &g);
			t->next[which][dir] += n;
			continue;
		}
		n = n < cur_left(&c) ? n : cur_left(&c);
		put(t, which, dir, cur_of(c.pos, n), piece);
		cur_skip(&c, n);
	}
}

static struct session
session_of(uint64_t number)
{
	return (struct session){
		.number = number,
		.client = { { 192, 0, 2, 1 }, 1024, 4 },
		.server = { { 192, 0, 2, 2 }, 80, 4 },
		.ts_digits = 6,
		.state = CONN_STATE_SF,
		.history = "",
		.rtt_ns = -1,
		.side = { { .flags = TCP_FIN }, { .flags = TCP_FIN } },
	};
}

static uint64_t
run(struct cur c, size_t piece)
{
	static const struct out_ops ops = {
		.create = sum_create,
		.write = sum_write,
		.settle = sum_settle,
		.close = sum_close,
		.discard = sum_close,
	};
	struct sums sums = { .out = { &ops } };
	struct spill *spill = spill_new(1 << 20);
	struct sink_env env = { .out = &sums.out,
		.spill = spill,
		.capture = "x" };
	unsigned bits = 0;
	struct sinks *k;
	struct talk t = { .next = { { 0 } } };

	REQUIRE(sinks_parse_emit("js", &bits));
	k = sinks_new(&env, bits);
	t.e = sinks_events(k);
	for (int i = 0; i < 2; i++) {
		t.s[i] = session_of((uint64_t)i);
		t.handle[i] = t.e.open(t.e.ctx, &t.s[i]);
	}
	tell(&t, c, piece);
	for (int i = 0; i < 2; i++)
		t.e.close(t.e.ctx, t.handle[i], &t.s[i]);
	sinks_finish(k);
	REQUIRE(*t.e.memory == 0 && sums.open == 0);
	sinks_free(k);
	REQUIRE(spill_memory(spill) == 0);
	spill_free(spill);
	return sums.total;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 7 };
	uint64_t whole = run(cur_of(data, size), SIZE_MAX);

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
		REQUIRE(run(cur_of(data, size), pieces[i]) == whole);
	return 0;
}
