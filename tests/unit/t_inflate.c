/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_inflate.c: coded bodies, labels that are wrong, and bombs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <sys/resource.h>
#include <time.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/limit.h"
#include "lib/guard.h"
#include "lib/rng.h"
#include "proto/inflate.h"

#define TEXT_LEN 100000

/* A body that comes in pieces, and what comes of it. */
struct body {
	struct guard guard;
	struct rng rng;
	const struct buf *coded;
	size_t at;
	size_t piece; /* 0: whole; else at random up to so much */
	struct buf got;
	uint64_t made; /* counted, and kept unless too much */
};

/* The next bytes; none at the end. */
static struct slice
next(struct body *b)
{
	size_t n = b->coded->n - b->at;
	struct slice s;

	if (b->piece > 0 && n > b->piece)
		n = 1 + rng_below(&b->rng, b->piece);
	s = guard_put(&b->guard, b->coded->p + b->at, n);
	b->at += n;
	return s;
}

static void
put(void *arg, struct slice s)
{
	struct body *b = arg;

	assert_true(s.n > 0);
	b->made += s.n;
	if (b->made < 1 << 20)
		buf_put(&b->got, s.p, s.n);
}

static enum inflate_end
run(struct body *b, const char *list, const struct buf *coded)
{
	struct codings c = { .n = 0 };
	struct inflater *x;
	enum inflate_end end;
	struct slice s;

	codings_add_list(&c,
	    (struct slice){ (const uint8_t *)list, strlen(list) });
	b->coded = coded;
	b->at = 0;
	b->made = 0;
	buf_reset(&b->got);
	x = inflater_new(&c, put, b);
	while ((s = next(b)).n > 0)
		inflater_put(x, s);
	end = inflater_finish(x);
	assert_true(inflater_memory(x) < (size_t)20 << 20);
	inflater_free(x);
	return end;
}

/* zlib's windowBits say which format. */
static void
deflate_as(struct buf *out, const struct buf *in, int format)
{
	z_stream z = { 0 };
	size_t room = in->n + in->n / 100 + 1000;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, format, 9,
			     Z_DEFAULT_STRATEGY),
	    Z_OK);
	z.next_in = in->p;
	z.avail_in = (uInt)in->n;
	z.next_out = buf_room(out, room);
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->n += room - z.avail_out;
	deflateEnd(&z);
}

#define GZIP (15 + 16)
#define ZLIB 15
#define RAW (-15)

static bool
zstd_as(struct buf *out, const struct buf *in)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t room = in->n + 10000, used = 0;
	bool ok = archive_write_add_filter_zstd(a) == ARCHIVE_OK;

	archive_write_set_format_raw(a);
	archive_write_set_bytes_per_block(a, 0);
	if (ok) {
		archive_write_open_memory(a, buf_room(out, room), room, &used);
		archive_entry_set_filetype(e, AE_IFREG);
		archive_write_header(a, e);
		archive_write_data(a, in->p, in->n);
		archive_write_close(a);
		out->n += used;
	}
	archive_entry_free(e);
	archive_write_free(a);
	return ok;
}

static void
make_text(struct buf *b)
{
	for (int i = 0; b->n < TEXT_LEN; i++)
		buf_printf(b, "var a%d = %d;\n", i, i * 7919);
}

static void
expect(const struct buf *coded, const char *list, const struct buf *want,
    enum inflate_end end)
{
	struct body b = { .guard = guard_new(300000), .rng = { 1 } };
	static const size_t pieces[] = { 0, 1, 2, 100, 5000 };

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		b.piece = pieces[i];
		if (run(&b, list, coded) != end)
			fail_msg("%s: another end, pieces of %zu", list,
			    b.piece);
		assert_int_equal(b.got.n, want->n);
		assert_memory_equal(b.got.p, want->p, want->n);
	}
	buf_free(&b.got);
	guard_free(&b.guard);
}

static void
formats(void **state)
{
	static const struct {
		int format;
		const char *list;
	} rows[] = {
		{ GZIP, "gzip" },
		{ GZIP, "X-GZIP" },
		{ ZLIB, "Deflate" },
		{ RAW, "deflate" },
		{ GZIP, "deflate" },
		{ ZLIB, "gzip" },
		{ RAW, "gzip" },
		{ GZIP, "br" },
		{ GZIP, "zstd" },
	};
	struct buf text = { 0 }, coded = { 0 };

	(void)state;
	make_text(&text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_reset(&coded);
		deflate_as(&coded, &text, rows[i].format);
		expect(&coded, rows[i].list, &text, INFLATE_WHOLE);
	}
	buf_reset(&coded);
	if (inflate_has_zstd() && zstd_as(&coded, &text)) {
		expect(&coded, "zstd", &text, INFLATE_WHOLE);
		expect(&coded, "gzip", &text, INFLATE_WHOLE);
		coded.n -= 20;
		struct body b = { .guard = guard_new(300000) };
		assert_int_equal(run(&b, "zstd", &coded), INFLATE_CUT);
		guard_free(&b.guard);
		buf_free(&b.got);
	}
	buf_free(&text);
	buf_free(&coded);
}

/* Text that was never coded, whatever its label says; short ones too. */
static void
not_coded(void **state)
{
	static const char *const texts[] = { "a", "alert(1)",
		"\xe2\x82\xac uro\n", "x^=1;", "" };
	static const char *const lists[] = { "gzip", "deflate", "br", "zstd",
		"gzip, deflate" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct buf text = { 0 };

		buf_str(&text, texts[i]);
		for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
			expect(&text, lists[k], &text, INFLATE_WHOLE);
		buf_free(&text);
	}
}

/* A few bytes of script, in each format. */
static void
short_bodies(void **state)
{
	static const char *const texts[] = { "a", "a()", "alert('x')",
		"aaaaaaaaaaaaaaaaaaaa", "\n" };
	struct buf text = { 0 }, coded = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		buf_reset(&text);
		buf_str(&text, texts[i]);
		for (int k = 0; k < 3; k++) {
			static const int formats_of[] = { GZIP, ZLIB, RAW };

			buf_reset(&coded);
			deflate_as(&coded, &text, formats_of[k]);
			expect(&coded, k == 0 ? "gzip" : "deflate", &text,
			    INFLATE_WHOLE);
		}
	}
	buf_free(&text);
	buf_free(&coded);
}

static void
members(void **state)
{
	struct buf text = { 0 }, coded = { 0 }, all = { 0 };

	(void)state;
	make_text(&text);
	for (int i = 0; i < 3; i++) {
		deflate_as(&coded, &text, GZIP);
		buf_put(&all, text.p, text.n);
	}
	expect(&coded, "gzip", &all, INFLATE_WHOLE);
	buf_put(&coded, "\0\0\0", 3);
	expect(&coded, "gzip", &all, INFLATE_WHOLE);
	buf_put(&coded, "\x1f trash", 7);
	expect(&coded, "gzip", &all, INFLATE_WHOLE);
	buf_free(&text);
	buf_free(&coded);
	buf_free(&all);
}

/* A zstd frame by hand (RFC 8878, 3.1.1): a stored block, then one of 40
 * times the same byte. */
static void
put_frame(struct buf *b, uint8_t window, const char *text)
{
	size_t n = strlen(text);

	buf_le(b, 0xfd2fb528, 4);
	buf_byte(b, 0);
	buf_byte(b, window);
	buf_le(b, (uint64_t)n << 3, 3);
	buf_str(b, text);
	buf_le(b, 40 << 3 | 1 << 1 | 1, 3);
	buf_byte(b, 'x');
}

/* The same that gives its length instead, 2 bytes of it, and an ID. */
static void
put_single(struct buf *b, const char *text)
{
	size_t n = strlen(text);

	assert_true(n >= 256);
	buf_le(b, 0xfd2fb528, 4);
	buf_byte(b, 0x61);
	buf_byte(b, 0);
	buf_le(b, n - 256, 2);
	buf_le(b, (uint64_t)n << 3 | 1, 3);
	buf_str(b, text);
}

/* No frame of a body gets a large window, wherever it is. */
static void
zstd_windows(void **state)
{
	struct buf text = { 0 }, coded = { 0 };
	const char *some = "var some = 1; // and a text of some length\n";
	char many[300];

	(void)state;
	memset(many, 'y', sizeof many - 1);
	many[sizeof many - 1] = '\0';
	make_text(&text);
	if (!inflate_has_zstd() || !zstd_as(&coded, &text))
		skip();
	for (int i = 0; i < 3; i++) {
		put_frame(&coded, 0x68, some);
		buf_le(&coded, 0x184d2a53, 4);
		buf_le(&coded, 7, 4);
		buf_str(&coded, "skipped");
		put_single(&coded, many);
		buf_printf(&text,
		    "%sxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%s", some, many);
	}
	expect(&coded, "zstd", &text, INFLATE_WHOLE);
	for (uint8_t window = 0x69; window < 0xf0; window += 7) {
		struct body b = { .guard = guard_new(300000) };
		size_t n = coded.n;

		put_frame(&coded, window, some);
		assert_int_equal(run(&b, "zstd", &coded), INFLATE_WINDOW);
		assert_true(b.got.n <= text.n);
		assert_memory_equal(b.got.p, text.p, b.got.n);
		coded.n = n;
		guard_free(&b.guard);
		buf_free(&b.got);
	}
	buf_free(&text);
	buf_free(&coded);
}

/* A zstd frame of one stored block, with what comes between the magic number
 * and the block. */
static void
put_block(struct buf *b, const char *header, size_t header_len, uint32_t type,
    const char *text)
{
	buf_le(b, 0xfd2fb528, 4);
	buf_put(b, header, header_len);
	buf_le(b, strlen(text) << 3 | type << 1 | 1, 3);
	buf_str(b, text);
}

/*
 * What follows a good frame ends the body, with what came before given, and
 * says the same in whatever pieces it comes.
 */
static void
zstd_damage(void **state)
{
	static const struct {
		const char *header;
		size_t len;
		uint32_t type; /* of the block: 0 stored, 3 reserved */
		const char *text;
		enum inflate_end end;
	} rows[] = {
		{ "\0\0", 2, 0, "a stored block", INFLATE_WHOLE },
		{ "\0\0", 2, 3, "a reserved one", INFLATE_CORRUPT },
		{ "\0\0", 2, 3, "", INFLATE_CORRUPT },
		{ "\x08\0", 2, 0, "a reserved bit", INFLATE_CORRUPT },
		/* Short, and says so, but wants a window of 9 MiB. */
		{ "\x80\x69\x0b\0\0\0", 6, 0, "a short one", INFLATE_WINDOW },
		{ "\x80\x68\x0b\0\0\0", 6, 0, "a short one", INFLATE_WHOLE },
		{ "\x21\x07\x0d", 3, 0, "a dictionary", INFLATE_UNKNOWN },
		/* Longer than it says. */
		{ "\x20\x02", 2, 0, "three and more", INFLATE_CORRUPT },
	};
	struct buf good = { 0 }, coded = { 0 }, text = { 0 };

	(void)state;
	if (!inflate_has_zstd())
		skip();
	put_frame(&good, 0x68, "good ");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_reset(&coded);
		buf_reset(&text);
		buf_put(&coded, good.p, good.n);
		put_block(&coded, rows[i].header, rows[i].len, rows[i].type,
		    rows[i].text);
		buf_printf(&text, "good %040d%s", 0,
		    rows[i].end == INFLATE_WHOLE ? rows[i].text : "");
		memset(text.p + 5, 'x', 40);
		expect(&coded, "zstd", &text, rows[i].end);
	}
	/* A good block and a reserved one in a frame. */
	text.n = 45;
	buf_str(&text, "a stored block that is longer than any header");
	coded.n = good.n;
	put_block(&coded, "\0\0", 2, 0, buf_cstr(&text) + 45);
	coded.p[good.n + 6] &= 0xfe;
	buf_le(&coded, 4 << 3 | 3 << 1 | 1, 3);
	buf_str(&coded, "what");
	expect(&coded, "zstd", &text, INFLATE_CORRUPT);
	/* Bytes that are no frame, and a frame of zstd 0.7. */
	text.n = 45;
	coded.n = good.n;
	buf_str(&coded, "trash");
	expect(&coded, "zstd", &text, INFLATE_CORRUPT);
	coded.n = good.n;
	buf_put(&coded,
	    "\x27\xb5\x2f\xfd\0\0\x40\0\x07"
	    "a frame"
	    "\xc0\0\0",
	    19);
	expect(&coded, "zstd", &text, INFLATE_CORRUPT);
	buf_free(&good);
	buf_free(&coded);
	buf_free(&text);
}

/* Cut anywhere: a beginning, never more. */
static void
zstd_cut(void **state)
{
	struct body b = { .guard = guard_new(300000) };
	struct buf coded = { 0 }, text = { 0 };
	size_t frame;

	(void)state;
	if (!inflate_has_zstd())
		skip();
	put_frame(&coded, 0, "first ");
	frame = coded.n;
	put_frame(&coded, 0, "second ");
	buf_str(&text,
	    "first xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxsecond "
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	for (coded.n -= 1; coded.n >= 6; coded.n--) {
		assert_int_equal(run(&b, "zstd", &coded),
		    coded.n == frame ? INFLATE_WHOLE : INFLATE_CUT);
		assert_true(b.got.n < text.n);
		assert_true(coded.n < frame || b.got.n >= 46);
		assert_memory_equal(b.got.p, text.p, b.got.n);
	}
	guard_free(&b.guard);
	buf_free(&b.got);
	buf_free(&coded);
	buf_free(&text);
}

static void
two_deep(void **state)
{
	struct buf text = { 0 }, inner = { 0 }, outer = { 0 }, third = { 0 };

	(void)state;
	make_text(&text);
	deflate_as(&inner, &text, RAW);
	deflate_as(&outer, &inner, GZIP);
	expect(&outer, "deflate, gzip", &text, INFLATE_WHOLE);
	expect(&outer, "gzip, gzip", &text, INFLATE_WHOLE);
	deflate_as(&third, &outer, GZIP);
	expect(&third, "deflate, gzip, gzip", &text, INFLATE_WHOLE);
	expect(&third, "gzip, gzip, gzip, gzip, gzip", &third, INFLATE_UNKNOWN);
	expect(&inner, "compress", &inner, INFLATE_UNKNOWN);
	expect(&text, "", &text, INFLATE_WHOLE);
	outer.n -= 9;
	struct body b = { .guard = guard_new(300000) };
	assert_int_equal(run(&b, "deflate, gzip", &outer), INFLATE_CUT);
	assert_memory_equal(b.got.p, text.p, b.got.n);
	guard_free(&b.guard);
	buf_free(&b.got);
	buf_free(&text);
	buf_free(&inner);
	buf_free(&outer);
	buf_free(&third);
}

/* Cut anywhere, or with a byte that is wrong: a beginning, never more. */
static void
damage(void **state)
{
	static const int formats_of[] = { GZIP, ZLIB, RAW };
	struct body b = { .guard = guard_new(300000) };
	struct buf text = { 0 }, coded = { 0 };

	(void)state;
	for (int i = 0; i < 200; i++)
		buf_printf(&text, "var a%d = %d;\n", i, i * 7919);
	for (int k = 0; k < 3; k++) {
		struct buf cut;

		buf_reset(&coded);
		deflate_as(&coded, &text, formats_of[k]);
		cut = coded;
		for (cut.n = 40; cut.n < coded.n; cut.n += 13) {
			assert_int_equal(run(&b, "deflate", &cut), INFLATE_CUT);
			assert_true(b.got.n <= text.n);
			if (b.got.n > 0)
				assert_memory_equal(b.got.p, text.p, b.got.n);
		}
	}
	buf_reset(&coded);
	deflate_as(&coded, &text, GZIP);
	coded.p[coded.n - 6] ^= 1;
	assert_int_equal(run(&b, "gzip", &coded), INFLATE_CORRUPT);
	assert_int_equal(b.got.n, text.n);
	coded.p[coded.n / 2] ^= 0x55;
	assert_int_not_equal(run(&b, "gzip", &coded), INFLATE_WHOLE);
	guard_free(&b.guard);
	buf_free(&b.got);
	buf_free(&text);
	buf_free(&coded);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* 200 MB of zeros in 200 KB, and that once more. */
static void
bombs(void **state)
{
	struct body b = { .guard = guard_new(1 << 20), .piece = 4096 };
	struct buf zeros = { 0 }, coded = { 0 }, twice = { 0 };
	z_stream z = { 0 };
	struct rusage before, after;
	double start;

	(void)state;
	memset(buf_room(&zeros, 1 << 20), 0, 1 << 20);
	zeros.n = 1 << 20;
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, GZIP, 9,
			     Z_DEFAULT_STRATEGY),
	    Z_OK);
	z.next_out = buf_room(&coded, 1 << 20);
	z.avail_out = 1 << 20;
	for (int i = 0; i < 200; i++) {
		z.next_in = zeros.p;
		z.avail_in = (uInt)zeros.n;
		deflate(&z, i < 199 ? Z_NO_FLUSH : Z_FINISH);
	}
	coded.n = (1 << 20) - z.avail_out;
	deflateEnd(&z);
	assert_in_range(coded.n, 190000, 215000);
	getrusage(RUSAGE_SELF, &before);
	start = seconds();
	assert_int_equal(run(&b, "gzip", &coded), INFLATE_RATIO);
	assert_true(seconds() - start < 1);
	assert_in_range(b.made, 1, LIMIT_RATIO * coded.n);
	deflate_as(&twice, &coded, GZIP);
	start = seconds();
	assert_int_equal(run(&b, "gzip, gzip", &twice), INFLATE_RATIO);
	assert_true(seconds() - start < 1);
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 20000);
	guard_free(&b.guard);
	buf_free(&b.got);
	buf_free(&zeros);
	buf_free(&coded);
	buf_free(&twice);
}

/* brotli: "alert(1)\n" in a block that is not compressed (RFC 7932, 9.2). */
static void
brotli(void **state)
{
	static const uint8_t stored[] = { 0x80, 0x00, 0x10, 'a', 'l', 'e', 'r',
		't', '(', '1', ')', '\n', 0x03 };
	struct buf coded = { 0 }, text = { 0 };

	(void)state;
	buf_put(&coded, stored, sizeof stored);
	buf_str(&text, "alert(1)\n");
	if (inflate_has_brotli())
		expect(&coded, "br", &text, INFLATE_WHOLE);
	else
		expect(&coded, "br", &coded, INFLATE_UNKNOWN);
	coded.n -= 4;
	text.n -= 3;
	if (inflate_has_brotli())
		expect(&coded, "br", &text, INFLATE_CUT);
	buf_free(&coded);
	buf_free(&text);
}

/* The same for zstd. */
static void
zstd_without(void **state)
{
	struct buf coded = { 0 };

	(void)state;
	if (inflate_has_zstd())
		skip();
	put_frame(&coded, 0, "some text");
	expect(&coded, "zstd", &coded, INFLATE_UNKNOWN);
	expect(&coded, "gzip", &coded, INFLATE_UNKNOWN);
	buf_free(&coded);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(not_coded),
		cmocka_unit_test(short_bodies),
		cmocka_unit_test(members),
		cmocka_unit_test(zstd_windows),
		cmocka_unit_test(zstd_damage),
		cmocka_unit_test(zstd_cut),
		cmocka_unit_test(zstd_without),
		cmocka_unit_test(two_deep),
		cmocka_unit_test(damage),
		cmocka_unit_test(bombs),
		cmocka_unit_test(brotli),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
