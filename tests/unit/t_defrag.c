/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * t_defrag.c: fragments in every order and overlap, reuse, time, memory.
 *
 * In pictures a letter is 8 bytes, the unit of fragment offsets.
 */
#include <stdio.h>

#include "decode/defrag.h"
#include "lib/fragments.h"
#include "lib/frames.h"
#include "lib/rng.h"

#define SECOND INT64_C(1000000000)
#define UNITS_MAX 64

struct piece {
	unsigned at; /* in units */
	const char *units;
	bool more;
};

static struct defrag *
new_defrag(void)
{
	return defrag_new(DEFRAG_BYTES_DEFAULT, DEFRAG_TIMEOUT_NS);
}

static const struct reassembled *
add_at(struct defrag *df, uint16_t family, uint32_t id, struct piece piece,
    int64_t ts_ns)
{
	uint8_t bytes[UNITS_MAX * 8];
	size_t n = strlen(piece.units) * 8;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)piece.units[i / 8];

	struct fragment f = {
		.key = { .src = { 1 },
		    .dst = { 2 },
		    .id = id,
		    .family = family },
		.ts_ns = ts_ns,
		.off = piece.at * 8,
		.len = (uint32_t)n,
		.more = piece.more,
		.protocol = 6,
		.data = { bytes, n },
	};

	return defrag_add(df, &f);
}

static const struct reassembled *
add(struct defrag *df, uint16_t family, struct piece piece)
{
	return add_at(df, family, 1, piece, 0);
}

static void
assert_units(const struct reassembled *d, const char *units)
{
	assert_non_null(d);
	assert_int_equal(d->len, strlen(units) * 8);
	assert_int_equal(d->data.n, d->len);
	assert_int_equal(d->protocol, 6);
	for (size_t i = 0; i < d->data.n; i++)
		assert_int_equal(d->data.p[i], units[i / 8]);
}

static struct defrag_counts
counts_of(const struct defrag *df)
{
	struct defrag_counts c;

	defrag_count(df, &c);
	return c;
}

/* Adds all; only the last may complete the datagram. */
static void
assert_completes(uint16_t family, const struct piece *pieces, size_t n,
    const char *units)
{
	struct defrag *df = new_defrag();

	for (size_t i = 0; i + 1 < n; i++)
		assert_null(add(df, family, pieces[i]));
	assert_units(add(df, family, pieces[n - 1]), units);
	assert_int_equal(counts_of(df).completed, 1);
	assert_int_equal(counts_of(df).waiting, 0);
	defrag_free(df);
}

static void
any_order(void **state)
{
	static const struct piece parts[4] = {
		{ 0, "AB", true },
		{ 2, "C", true },
		{ 3, "DEF", true },
		{ 6, "G", false },
	};

	(void)state;
	for (unsigned order = 0; order < 256; order++) {
		struct piece pieces[4];
		unsigned used = 0;

		for (unsigned i = 0; i < 4; i++) {
			unsigned which = order >> (2 * i) & 3;

			pieces[i] = parts[which];
			used |= 1u << which;
		}
		if (used != 15)
			continue;
		assert_completes(4, pieces, 4, "ABCDEFG");
		assert_completes(6, pieces, 4, "ABCDEFG");
	}
}

/* A piece in the middle, then another over any range: the first copy of each
 * unit stands, and IPv6 gives the datagram up. */
static void
any_overlap(void **state)
{
	(void)state;
	for (unsigned from = 0; from < 11; from++) {
		for (unsigned to = from + 1; to <= 12; to++) {
			char over[16] = "", want[16] = "............";

			memset(over, 'b', to - from);
			memset(want + from, 'b', to - from);
			memset(want + 4, 'a', 4);

			struct defrag *df = new_defrag();
			bool is_last = to == 12;
			const struct reassembled *d;

			assert_null(
			    add(df, 4, (struct piece){ 4, "aaaa", true }));
			d = add(df, 4, (struct piece){ from, over, !is_last });
			if (from > 0 || to < 12) {
				assert_null(d);
				d = add(df, 4,
				    (struct piece){ 0, "............", false });
			}
			assert_units(d, want);
			assert_int_equal(counts_of(df).conflicts > 0,
			    (from < 8 && to > 4) || from > 0 || to < 12);
			defrag_free(df);

			df = new_defrag();
			add(df, 6, (struct piece){ 4, "aaaa", true });
			d = add(df, 6, (struct piece){ from, over, !is_last });
			assert_null(d);
			assert_int_equal(counts_of(df).discarded,
			    from < 8 && to > 4);
			defrag_free(df);
		}
	}
}

/* The same bytes twice are no conflict; a copy in other pieces neither. */
static void
same_bytes(void **state)
{
	struct defrag *df = new_defrag();

	(void)state;
	add(df, 4, (struct piece){ 0, "ABC", true });
	add(df, 4, (struct piece){ 0, "ABC", true });
	add(df, 4, (struct piece){ 1, "BCD", true });
	assert_int_equal(counts_of(df).duplicates, 1);
	assert_int_equal(counts_of(df).conflicts, 0);
	assert_units(add(df, 4, (struct piece){ 4, "E", false }), "ABCDE");
	defrag_free(df);

	df = new_defrag();
	add(df, 6, (struct piece){ 0, "ABC", true });
	add(df, 6, (struct piece){ 0, "ABC", true });
	assert_units(add(df, 6, (struct piece){ 3, "D", false }), "ABCD");
	defrag_free(df);
}

/* Nothing of an IPv6 datagram with overlap is used, whatever follows. */
static void
discarded_for_good(void **state)
{
	struct defrag *df = new_defrag();

	(void)state;
	add(df, 6, (struct piece){ 0, "AB", true });
	add(df, 6, (struct piece){ 1, "B", true });
	assert_null(add(df, 6, (struct piece){ 0, "AB", true }));
	assert_null(add(df, 6, (struct piece){ 2, "C", false }));
	assert_int_equal(counts_of(df).discarded, 1);
	assert_int_equal(counts_of(df).waiting, 0);
	assert_int_equal(counts_of(df).completed, 0);
	defrag_free(df);
}

/* The first fragment without "more" fixes the length. */
static void
several_ends(void **state)
{
	static const struct piece later[] = {
		{ 2, "C", false },
		{ 4, "E", false },
		{ 0, "AB", true },
	};
	static const struct piece earlier[] = {
		{ 2, "C", false },
		{ 1, "B", false },
		{ 0, "A", true },
	};
	static const struct piece beyond[] = {
		{ 2, "CDE", true },
		{ 3, "D", false },
		{ 0, "AB", true },
	};
	struct defrag *df = new_defrag();

	(void)state;
	assert_completes(4, later, 3, "ABC");
	assert_completes(4, earlier, 3, "ABC");
	assert_completes(4, beyond, 3, "ABCD");
	for (size_t i = 0; i < 3; i++)
		assert_null(add(df, 6, later[i]));
	assert_int_equal(counts_of(df).discarded, 1);
	assert_int_equal(counts_of(df).conflicts, 1);
	defrag_free(df);
}

/* Mirrored: each fragment twice, or the whole datagram. */
static void
copies_after_the_end(void **state)
{
	struct defrag *df = new_defrag();

	(void)state;
	assert_null(add(df, 4, (struct piece){ 0, "A", true }));
	assert_null(add(df, 4, (struct piece){ 0, "A", true }));
	assert_units(add(df, 4, (struct piece){ 1, "B", false }), "AB");
	assert_null(add(df, 4, (struct piece){ 1, "B", false }));
	assert_null(add(df, 4, (struct piece){ 0, "A", true }));
	assert_int_equal(counts_of(df).duplicates, 3);
	assert_int_equal(counts_of(df).waiting, 0);
	/* Another datagram of that name. */
	assert_null(add(df, 4, (struct piece){ 0, "X", true }));
	assert_units(add(df, 4, (struct piece){ 1, "Y", false }), "XY");
	/* And one that starts with its end. */
	assert_null(add(df, 4, (struct piece){ 1, "Q", false }));
	assert_units(add(df, 4, (struct piece){ 0, "P", true }), "PQ");
	assert_int_equal(counts_of(df).conflicts, 0);
	defrag_free(df);
}

static void
time_out(void **state)
{
	struct defrag *df = new_defrag();

	(void)state;
	add_at(df, 4, 1, (struct piece){ 0, "A", true }, 0);
	assert_units(add_at(df, 4, 1, (struct piece){ 1, "B", false },
			 30 * SECOND),
	    "AB");
	add_at(df, 4, 2, (struct piece){ 0, "A", true }, 30 * SECOND);
	assert_null(
	    add_at(df, 4, 2, (struct piece){ 1, "Y", false }, 60 * SECOND + 1));
	assert_int_equal(counts_of(df).timed_out, 1);
	/* The stale first half does not spoil what uses its name now. */
	assert_units(add_at(df, 4, 2, (struct piece){ 0, "X", true },
			 61 * SECOND),
	    "XY");
	/* A clock that runs backwards changes nothing. */
	add_at(df, 4, 3, (struct piece){ 0, "A", true }, 61 * SECOND);
	assert_units(add_at(df, 4, 3, (struct piece){ 1, "B", false },
			 -50 * SECOND),
	    "AB");
	assert_int_equal(counts_of(df).timed_out, 1);
	defrag_free(df);

	/* The extremes of time. */
	df = new_defrag();
	add_at(df, 4, 1, (struct piece){ 0, "A", true }, INT64_MIN);
	add_at(df, 4, 2, (struct piece){ 0, "A", true }, INT64_MAX);
	assert_int_equal(counts_of(df).timed_out, 1);
	assert_int_equal(counts_of(df).waiting, 1);
	defrag_free(df);
}

/* Each member of the key keeps datagrams apart. */
static void
keys(void **state)
{
	uint8_t bytes[8] = "AAAAAAA";
	struct defrag *df = new_defrag();
	struct fragment first = {
		.key = { .src = { 1 },
		    .dst = { 2 },
		    .context = 3,
		    .id = 4,
		    .protocol = 6,
		    .family = 4 },
		.len = 8,
		.more = true,
		.data = { bytes, 8 },
	};
	struct fragment last[6];

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		last[i] = first;
		last[i].off = 8;
		last[i].more = false;
	}
	last[0].key.src[15] = 1;
	last[1].key.dst[15] = 1;
	last[2].key.context++;
	last[3].key.id++;
	last[4].key.protocol++;
	assert_null(defrag_add(df, &first));
	for (size_t i = 0; i < 5; i++)
		assert_null(defrag_add(df, &last[i]));
	assert_int_equal(counts_of(df).waiting, 6);
	assert_non_null(defrag_add(df, &last[5]));
	defrag_free(df);
}

static const struct reassembled *
add_from(struct defrag *df, uint32_t source, uint32_t id, uint32_t off,
    uint32_t len, bool more)
{
	static uint8_t bytes[65536];
	struct fragment f = {
		.key = { .id = id, .family = 4 },
		.off = off,
		.len = len,
		.more = more,
		.protocol = 6,
		.data = { bytes, len },
	};

	memcpy(f.key.src, &source, sizeof(source));
	return defrag_add(df, &f);
}

/* Of a source that holds more than is its due the youngest goes: what others
 * have waits on, what it had itself before too, and what others begin now. */
static void
one_floods(void **state)
{
	struct defrag *df = defrag_new((size_t)1 << 20, DEFRAG_TIMEOUT_NS);

	(void)state;
	add_from(df, 1, 1, 0, 1480, true);
	add_from(df, 2, 1, 0, 1480, true);
	for (uint32_t i = 0; i < 20000; i++) {
		add_from(df, 1, 2 + i, 0, i % 2 ? 8 : 4096, true);
		if (i % 1000 == 0)
			add_from(df, 3, i, 0, 1480, true);
	}
	assert_true(counts_of(df).dropped > 10000);
	assert_non_null(add_from(df, 1, 1, 1480, 10, false));
	assert_non_null(add_from(df, 2, 1, 1480, 10, false));
	for (uint32_t i = 0; i < 20000; i += 1000)
		assert_non_null(add_from(df, 3, i, 1480, 10, false));
	defrag_free(df);
}

/* When nobody holds much and all together too much: what was there before
 * stays, and what comes has some time. */
static void
many_flood(void **state)
{
	struct defrag *df = defrag_new((size_t)1 << 20, DEFRAG_TIMEOUT_NS);

	(void)state;
	add_from(df, 1, 1, 0, 1480, true);
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t len = i % 3 == 0 ? 1480 : 8;

		add_from(df, 10 + i, 7, 0, len, true);
		if (i % 100 != 0)
			continue;
		add_from(df, 2, i, 0, 1480, true);
		for (uint32_t k = 0; k < 20; k++)
			add_from(df, 100000 + i + k, 7, 0, len, true);
		assert_non_null(add_from(df, 2, i, 1480, 10, false));
	}
	assert_true(counts_of(df).dropped > 10000);
	assert_non_null(add_from(df, 1, 1, 1480, 10, false));
	defrag_free(df);
}

/* So much, and no more, is taken whatever comes. */
static void
bounds(void **state)
{
	struct defrag *df = defrag_new(0, DEFRAG_TIMEOUT_NS);
	uint32_t last = 0;

	(void)state;
	assert_null(add_from(df, 1, 1, 0, 8, true));
	assert_int_equal(counts_of(df).dropped, 1);
	assert_int_equal(counts_of(df).waiting, 0);
	for (size_t max = 0; max < 80000; max += 1000) {
		defrag_free(df);
		df = defrag_new(max, DEFRAG_TIMEOUT_NS);
		for (uint32_t i = 0; i < 200; i++)
			add_from(df, 1, i, 0, 8, true);
		assert_int_equal(counts_of(df).waiting + counts_of(df).dropped,
		    200);
		assert_true(counts_of(df).waiting >= last);
		assert_true(counts_of(df).waiting <= max / (8 + 48));
		last = (uint32_t)counts_of(df).waiting;
	}
	assert_true(last > 50);
	defrag_free(df);

	/* One that is too large by itself goes, and all of it. */
	df = defrag_new(2000, DEFRAG_TIMEOUT_NS);
	add_from(df, 1, 1, 0, 8, true);
	assert_null(add_from(df, 1, 1, 8, 4096, true));
	assert_int_equal(counts_of(df).dropped, 1);
	assert_int_equal(counts_of(df).waiting, 0);
	defrag_free(df);
}

static void
note_lost(void *arg, const struct defrag_lost *lost)
{
	*(struct defrag_lost *)arg = *lost;
}

/* What is given up is told, with its beginning if that is there. */
static void
told_when_given_up(void **state)
{
	struct defrag *df = defrag_new(2400, DEFRAG_TIMEOUT_NS);
	struct defrag_lost lost = { 0 };

	(void)state;
	defrag_on_lost(df, note_lost, &lost);
	add_from(df, 1, 1, 1480, 80, false);
	assert_null(add_from(df, 1, 1, 400, 1480, true));
	assert_int_equal(counts_of(df).dropped, 1);
	assert_int_equal(lost.len, 0);
	add_from(df, 1, 1, 1480, 80, false);
	add_from(df, 1, 1, 0, 80, true);
	assert_int_equal(counts_of(df).dropped, 1);
	assert_null(add_from(df, 1, 1, 80, 1400, true));
	assert_int_equal(counts_of(df).dropped, 2);
	assert_int_equal(lost.protocol, 6);
	assert_int_equal(lost.len, 1560);
	assert_int_equal(lost.head.n, DEFRAG_LOST_HEAD);
	defrag_free(df);
}

/* Eight bytes at a time, every other place first: as fast as in order. */
static void
small_pieces(void **state)
{
	struct defrag *df = new_defrag();

	(void)state;
	for (uint32_t id = 0; id < 40; id++) {
		for (uint32_t i = 0; i < 8190; i += 2)
			assert_null(add_from(df, id, 1, i * 8, 8, true));
		for (uint32_t i = 1; i < 8189; i += 2)
			assert_null(add_from(df, id, 1, i * 8, 8, true));
		assert_non_null(add_from(df, id, 1, 8189 * 8, 8, false));
		defrag_release(df);
	}
	assert_int_equal(counts_of(df).completed, 40);
	defrag_free(df);
}

/* No number of datagrams is too many, nor too slow to find. */
static void
many(void **state)
{
	struct defrag *df = defrag_new((size_t)1 << 30, DEFRAG_TIMEOUT_NS);

	(void)state;
	for (uint32_t id = 0; id < 100000; id++)
		assert_null(
		    add_at(df, 6, id, (struct piece){ 0, "A", true }, 0));
	assert_int_equal(counts_of(df).waiting, 100000);
	for (uint32_t id = 0; id < 100000; id++) {
		assert_units(add_at(df, 6, id, (struct piece){ 1, "B", false },
				 0),
		    "AB");
		defrag_release(df);
	}
	assert_int_equal(counts_of(df).completed, 100000);
	assert_int_equal(counts_of(df).waiting, 0);
	assert_int_equal(counts_of(df).dropped, 0);
	defrag_free(df);
}

/* What the snap length left out ends the captured bytes, not the length. */
static void
cut_fragments(void **state)
{
	static const uint8_t bytes[32] = "aaaaaaaabbbbbbbbccccccccddddddd";

	(void)state;
	for (size_t have = 0; have <= 16; have++) {
		struct defrag *df = new_defrag();
		struct fragment first = {
			.len = 16,
			.more = true,
			.data = { bytes, have },
		};
		struct fragment last = {
			.off = 16,
			.len = 13,
			.data = { bytes + 16, 13 },
		};

		assert_null(defrag_add(df, &last));

		const struct reassembled *d = defrag_add(df, &first);

		assert_non_null(d);
		assert_int_equal(d->len, 29);
		assert_int_equal(d->data.n, have < 16 ? have : 29);
		assert_memory_equal(d->data.p, bytes, d->data.n);
		defrag_free(df);
	}
}

/* Against a map of each byte: overlaps, ends that contradict, identifiers used
 * anew, cuts. */
static void
random_overlaps(void **state)
{
	struct rng r = { rng_seed() };
	struct defrag_counts sum = { 0 };

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct fragments *v = fragments_new();
		uint32_t units = 4 + rng_below(&r, round % 10 == 0 ? 400 : 12);
		struct defrag_counts c;

		for (unsigned i = 0; i < 120; i++) {
			struct fragment_spec s = {
				.which = (uint8_t)rng_below(&r, 3),
				.fill = (uint8_t)rng_below(&r, 16),
				.more = !rng_one_in(&r, 8),
				.off = rng_below(&r, units) * 8,
				.len = 8 + rng_below(&r, units / 2) * 8,
			};

			if (!s.more)
				s.len -= rng_below(&r, 9);
			s.have =
			    rng_one_in(&r, 20) ? rng_below(&r, s.len) : s.len;
			fragments_add(v, &s);
		}
		fragments_count(v, &c);
		sum.completed += c.completed;
		sum.discarded += c.discarded;
		sum.overlaps += c.overlaps;
		fragments_free(v);
	}
	assert_true(sum.completed > 300);
	assert_true(sum.discarded > 100);
	assert_true(sum.overlaps > 1000);
}

/* A fragment of one unit, in a frame whose bytes are `text`. */
static const struct reassembled *
add_frame(struct defrag *df, uint32_t id, uint32_t at, bool more,
    const char *text, uint64_t number)
{
	static const uint8_t unit[8];
	struct packet frame = {
		.number = number,
		.data = { (const uint8_t *)text, strlen(text) },
	};
	struct fragment f = {
		.key = { .src = { 1 }, .dst = { 2 }, .id = id, .family = 4 },
		.off = at * 8,
		.len = 8,
		.more = more,
		.data = { unit, 8 },
		.frame = &frame,
	};

	return defrag_add(df, &f);
}

static void
assert_frames(const struct reassembled *d, const char *const *texts, size_t n)
{
	assert_non_null(d);
	assert_int_equal(d->n_earlier, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(d->earlier[i].data.n, strlen(texts[i]));
		assert_memory_equal(d->earlier[i].data.p, texts[i],
		    strlen(texts[i]));
	}
}

/* In the order of their coming; those that brought nothing are left out. */
static void
frames(void **state)
{
	static const char *const both[] = { "third", "first" };
	struct defrag *df = defrag_new(4096, DEFRAG_TIMEOUT_NS);

	(void)state;
	assert_null(add_frame(df, 1, 1, true, "unasked", 1));
	assert_null(add_frame(df, 1, 0, true, "", 2));
	assert_frames(add_frame(df, 1, 2, false, "", 3), NULL, 0);
	defrag_free(df);
	df = defrag_new(4096, DEFRAG_TIMEOUT_NS);
	defrag_keep_frames(df);
	assert_null(add_frame(df, 1, 2, false, both[0], 1));
	assert_null(add_frame(df, 1, 2, false, "again", 2));
	assert_null(add_frame(df, 1, 0, true, both[1], 3));
	assert_frames(add_frame(df, 1, 1, true, "second", 4), both, 2);
	defrag_release(df);
	assert_null(add_frame(df, 1, 2, false, "copy", 5));
	/* The number used anew begins without them. */
	assert_null(add_frame(df, 1, 3, false, both[1], 6));
	defrag_free(df);
}

/* Without room for them they are missing, and the datagram is whole all the
 * same. */
static void
frames_are_bounded(void **state)
{
	static const char *const one[] = { "kept" };
	struct defrag *df = defrag_new(4096, DEFRAG_TIMEOUT_NS);
	char large[4096];

	(void)state;
	memset(large, 'x', sizeof(large));
	large[sizeof(large) - 1] = '\0';
	defrag_keep_frames(df);
	for (uint32_t id = 0; id < 100; id++) {
		assert_null(add_frame(df, id, 0, true, one[0], 1));
		assert_null(add_frame(df, id, 2, false, large, 2));
		assert_frames(add_frame(df, id, 1, true, "last", 3), one, 1);
		defrag_release(df);
	}
	defrag_free(df);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),
		cmocka_unit_test(any_overlap),
		cmocka_unit_test(same_bytes),
		cmocka_unit_test(discarded_for_good),
		cmocka_unit_test(several_ends),
		cmocka_unit_test(copies_after_the_end),
		cmocka_unit_test(time_out),
		cmocka_unit_test(keys),
		cmocka_unit_test(bounds),
		cmocka_unit_test(one_floods),
		cmocka_unit_test(many_flood),
		cmocka_unit_test(told_when_given_up),
		cmocka_unit_test(small_pieces),
		cmocka_unit_test(many),
		cmocka_unit_test(cut_fragments),
		cmocka_unit_test(random_overlaps),
		cmocka_unit_test(frames),
		cmocka_unit_test(frames_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
