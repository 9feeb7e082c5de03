/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * t_defrag.c: fragments in every order and overlap, reuse, time, memory.
 *
 * In pictures a letter is 8 bytes, the unit of fragment offsets.
 */
#include <stdio.h>

#include "lib/frames.h"
#include "decode/defrag.h"

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

/* The least memory that holds n datagrams of one fragment with "A". */
static size_t
memory_of(uint32_t n)
{
	for (size_t bytes = n;; bytes++) {
		struct defrag *df = defrag_new(bytes, DEFRAG_TIMEOUT_NS);
		uint64_t dropped;

		for (uint32_t id = 0; id < n; id++)
			add_at(df, 4, id, (struct piece){ 0, "A", true }, 0);
		dropped = counts_of(df).dropped;
		defrag_free(df);
		if (dropped == 0)
			return bytes;
	}
}

/* The oldest go, counted; those already whole go first. */
static void
bounds(void **state)
{
	struct defrag *df = defrag_new(memory_of(5) - 1, DEFRAG_TIMEOUT_NS);

	(void)state;
	for (uint32_t id = 0; id < 5; id++)
		add_at(df, 4, id, (struct piece){ 0, "A", true }, 0);
	assert_int_equal(counts_of(df).dropped, 1);
	assert_int_equal(counts_of(df).waiting, 4);
	assert_null(add_at(df, 4, 0, (struct piece){ 1, "B", false }, 0));
	assert_int_equal(counts_of(df).dropped, 2);
	assert_units(add_at(df, 4, 4, (struct piece){ 1, "B", false }, 0),
	    "AB");
	add_at(df, 4, 9, (struct piece){ 0, "A", true }, 0);
	assert_int_equal(counts_of(df).dropped, 2);
	assert_int_equal(counts_of(df).waiting, 4);
	defrag_free(df);

	/* Too little memory for even one. */
	df = defrag_new(memory_of(1) - 1, DEFRAG_TIMEOUT_NS);
	assert_null(add_at(df, 4, 1, (struct piece){ 0, "A", true }, 0));
	assert_int_equal(counts_of(df).dropped, 1);
	assert_int_equal(counts_of(df).waiting, 0);
	defrag_free(df);

	/* One datagram makes another go. */
	df = defrag_new(memory_of(2) - 1, DEFRAG_TIMEOUT_NS);
	add_at(df, 4, 1, (struct piece){ 0, "A", true }, 0);
	add_at(df, 4, 2, (struct piece){ 0, "A", true }, 0);
	assert_int_equal(counts_of(df).dropped, 1);
	assert_int_equal(counts_of(df).waiting, 1);
	assert_units(add_at(df, 4, 2, (struct piece){ 1, "B", false }, 0),
	    "AB");
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

/* A simple model of IPv4's rules beside the real thing. */
struct model {
	char unit[UNITS_MAX];
	unsigned end; /* 0: not known */
};

static bool
model_add(struct model *m, struct piece p)
{
	for (unsigned i = 0; p.units[i] != '\0'; i++) {
		if (m->unit[p.at + i] == 0)
			m->unit[p.at + i] = p.units[i];
	}
	if (!p.more && m->end == 0)
		m->end = p.at + (unsigned)strlen(p.units);
	for (unsigned i = 0; i < m->end; i++) {
		if (m->unit[i] == 0)
			return false;
	}
	return m->end != 0;
}

static unsigned
next_random(uint64_t *seed, unsigned below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % below;
}

static void
random_overlaps(void **state)
{
	const char *given = getenv("SEED");
	uint64_t start = given != NULL ? strtoull(given, NULL, 0) : 1;
	unsigned completed = 0;

	(void)state;
	for (uint64_t round = 0; round < 2000; round++) {
		uint64_t seed = start + round;
		struct defrag *df = new_defrag();
		struct model m = { .end = 0 };
		bool done = false;

		for (unsigned i = 0; i < 40 && !done; i++) {
			char units[9] = "";
			struct piece p = { .at = next_random(&seed, 16),
				.units = units,
				.more = next_random(&seed, 8) != 0 };

			memset(units, (int)('a' + next_random(&seed, 4)),
			    1 + next_random(&seed, 6));
			if (p.at == 0 && !p.more)
				continue;
			done = model_add(&m, p);

			const struct reassembled *d = add(df, 4, p);

			if (done != (d != NULL))
				fail_msg("SEED=%llu",
				    (unsigned long long)(start + round));
			if (!done)
				continue;
			m.unit[m.end] = '\0';
			assert_units(d, m.unit);
			completed++;
		}
		defrag_free(df);
	}
	assert_true(completed > 1000);
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

/* They are part of no datagram's room: without any for them they are missing,
 * and it is whole all the same. */
static void
frames_are_bounded(void **state)
{
	static const char *const one[] = { "kept" };
	struct defrag *df = defrag_new(1024, DEFRAG_TIMEOUT_NS);
	char large[1024];

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
		cmocka_unit_test(many),
		cmocka_unit_test(cut_fragments),
		cmocka_unit_test(random_overlaps),
		cmocka_unit_test(frames),
		cmocka_unit_test(frames_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
