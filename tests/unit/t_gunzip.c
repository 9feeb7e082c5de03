/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_gunzip.c: gzip files byte by byte, from sources that yield little. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/buf.h"
#include "capture/gunzip.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PLAIN_LEN ((size_t)70000)

/* A file that comes in pieces of at most `step' bytes. */
struct trickle {
	const struct buf *file;
	size_t at;
	size_t step;
	enum capture_status end; /* after the last of them */
};

static const size_t steps[] = { 1, 2, 3, 1000, SIZE_MAX };

static size_t
drip(struct source *s, uint8_t *p, size_t n)
{
	struct trickle *t = s->ctx;
	size_t left = t->file->n - t->at;

	if (left == 0) {
		source_stop(s, t->end, "%s", "the disk is gone");
		return 0;
	}
	if (n > t->step)
		n = t->step;
	if (n > left)
		n = left;
	memcpy(p, t->file->p + t->at, n);
	t->at += n;
	return n;
}

/* Something that compresses by about a half. */
static void
build(struct buf *b)
{
	uint64_t x = 1;

	for (size_t i = 0; i < PLAIN_LEN; i++) {
		x = x * UINT64_C(6364136223846793005) + 1442695;
		buf_byte(b, (uint8_t)('a' + (x >> 40) % 16));
	}
}

/* Adds p as one member. */
static void
add_member(struct buf *out, const void *p, size_t n)
{
	uint8_t room[4096];
	z_stream z = { .next_in = p, .avail_in = (uInt)n };
	int rc;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
			     Z_DEFAULT_STRATEGY),
	    Z_OK);
	do {
		z.next_out = room;
		z.avail_out = sizeof(room);
		rc = deflate(&z, Z_FINISH);
		buf_put(out, room, sizeof(room) - z.avail_out);
	} while (rc == Z_OK);
	assert_int_equal(rc, Z_STREAM_END);
	deflateEnd(&z);
}

/* The whole file yields the first n bytes of plain, and ends so, whatever
 * the pieces are that it comes in. */
static void
assert_yields(const struct buf *file, const struct buf *plain, size_t n,
    enum capture_status status, const char *why)
{
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct trickle t = { file, 0, steps[i], CAPTURE_END };
		struct source in, out;
		struct gunzip *g;
		size_t got = 0;

		source_init_read(&in, drip, &t);
		g = gunzip_new(&in, &out);
		while (source_need(&out, 1) != NULL) {
			size_t len = source_left(&out);

			assert_true(len <= n - got);
			assert_memory_equal(out.pos, plain->p + got, len);
			got += len;
			out.pos = out.end;
		}
		assert_int_equal(got, n);
		assert_int_equal(out.state, status);
		assert_string_equal(out.why, why);
		source_fini(&out);
		gunzip_free(g);
		source_fini(&in);
	}
}

/* How much of the first member zlib can tell, given all of it at once. */
static size_t
readable(const struct buf *file)
{
	static uint8_t room[PLAIN_LEN];
	z_stream z = { .next_in = file->p, .avail_in = (uInt)file->n };

	assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
	z.next_out = room;
	z.avail_out = sizeof(room);
	inflate(&z, Z_SYNC_FLUSH);
	inflateEnd(&z);
	return sizeof(room) - z.avail_out;
}

static void
test_cut(void **state)
{
	struct buf plain = { 0 }, file = { 0 };
	size_t whole;

	(void)state;
	build(&plain);
	add_member(&file, plain.p, plain.n);
	whole = file.n;
	for (size_t n = 1; n < whole; n += n < 40 || n + 40 > whole ? 1 : 997) {
		file.n = n;
		assert_yields(&file, &plain, readable(&file), CAPTURE_CUT,
		    "gzip: ends too early");
	}
	/* Without the trailer all bytes are there. */
	file.n = whole - 8;
	assert_int_equal(readable(&file), PLAIN_LEN);
	file.n = whole;
	assert_yields(&file, &plain, PLAIN_LEN, CAPTURE_END, "");
	buf_free(&file);
	buf_free(&plain);
}

/* The second member's magic is cut, too. */
static void
test_members(void **state)
{
	struct buf plain = { 0 }, file = { 0 };
	size_t first;

	(void)state;
	build(&plain);
	add_member(&file, "", 0);
	add_member(&file, plain.p, 1);
	add_member(&file, plain.p + 1, 30000);
	add_member(&file, "", 0);
	first = file.n;
	add_member(&file, plain.p + 30001, PLAIN_LEN - 30001);
	add_member(&file, "", 0);
	assert_yields(&file, &plain, PLAIN_LEN, CAPTURE_END, "");
	file.n = first;
	assert_yields(&file, &plain, 30001, CAPTURE_END, "");
	for (file.n = first + 1; file.n <= first + 10; file.n++)
		assert_yields(&file, &plain, 30001, CAPTURE_CUT,
		    "gzip: ends too early");
	buf_free(&file);
	buf_free(&plain);
}

static void
test_after(void **state)
{
	static const char garbage[] = "gzip: garbage after the end";
	static const struct {
		const char *bytes;
		size_t n;
		enum capture_status status;
		const char *why;
	} ends[] = {
		{ "\0", 1, CAPTURE_END, "" },
		{ "\0\0\0\0\0\0\0\0", 8, CAPTURE_END, "" },
		{ "x", 1, CAPTURE_CORRUPT, garbage },
		{ "\0\0\0\0x\0", 6, CAPTURE_CORRUPT, garbage },
		{ "\x1f\0", 2, CAPTURE_CORRUPT, garbage },
		{ "\x1f\x8b\x07\0\0\0\0", 7, CAPTURE_CORRUPT, garbage },
		{ "\0\x1f\x8b\x08\0\0\0", 7, CAPTURE_CORRUPT, garbage },
		{ "\x1f\x8b\x08\xe0\0\0", 6, CAPTURE_CORRUPT,
		    "gzip: unknown header flags set" },
	};
	struct buf plain = { 0 };

	(void)state;
	build(&plain);
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct buf file = { 0 };

		add_member(&file, plain.p, 5000);
		buf_put(&file, ends[i].bytes, ends[i].n);
		assert_yields(&file, &plain, 5000, ends[i].status, ends[i].why);
		buf_free(&file);
	}
	buf_free(&plain);
}

/* Each byte of the trailer; nothing of a member after it is used. */
static void
test_sums(void **state)
{
	struct buf plain = { 0 };

	(void)state;
	build(&plain);
	for (size_t i = 1; i <= 8; i++) {
		struct buf file = { 0 };

		add_member(&file, plain.p, 5000);
		file.p[file.n - i] ^= 0x40;
		add_member(&file, plain.p + 5000, 5000);
		assert_yields(&file, &plain, 5000, CAPTURE_CORRUPT,
		    i > 4 ? "gzip: incorrect data check" :
			    "gzip: incorrect length check");
		buf_free(&file);
	}
	buf_free(&plain);
}

/* A block of a type that there is not, after one that is whole. */
static void
test_broken_block(void **state)
{
	static const char file_bytes[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff"
					 "\0\x05\0\xfa\xff"
					 "aaaaa"
					 "\x06";
	struct buf plain = { 0 }, file = { 0 };

	(void)state;
	buf_put(&plain, "aaaaa", 5);
	buf_put(&file, file_bytes, sizeof(file_bytes) - 1);
	assert_yields(&file, &plain, 5, CAPTURE_CORRUPT,
	    "gzip: invalid block type");
	buf_free(&file);
	buf_free(&plain);
}

/* A name in the header, longer than a piece, is passed over. */
static void
test_header_fields(void **state)
{
	struct buf plain = { 0 }, file = { 0 }, member = { 0 };

	(void)state;
	build(&plain);
	add_member(&member, plain.p, 5000);
	buf_put(&file, member.p, 10);
	file.p[3] = 0x08;
	for (size_t i = 0; i < 3000; i++)
		buf_byte(&file, 'n');
	buf_byte(&file, 0);
	buf_put(&file, member.p + 10, member.n - 10);
	assert_yields(&file, &plain, 5000, CAPTURE_END, "");
	file.n = 2000;
	assert_yields(&file, &plain, 0, CAPTURE_CUT, "gzip: ends too early");
	buf_free(&member);
	buf_free(&file);
	buf_free(&plain);
}

/* A failed read is told as such, within a member and after it. */
static void
test_io(void **state)
{
	struct buf plain = { 0 }, file = { 0 };

	(void)state;
	build(&plain);
	add_member(&file, plain.p, 5000);
	for (size_t cut = 0; cut < 2; cut++) {
		struct trickle t = { &file, 0, 100, CAPTURE_IO };
		struct source in, out;
		struct gunzip *g;

		file.n -= cut;
		source_init_read(&in, drip, &t);
		g = gunzip_new(&in, &out);
		assert_true(source_skip(&out, 5000));
		assert_null(source_need(&out, 1));
		assert_int_equal(out.state, CAPTURE_IO);
		assert_string_equal(out.why, "the disk is gone");
		source_fini(&out);
		gunzip_free(g);
		source_fini(&in);
	}
	gunzip_free(NULL);
	buf_free(&file);
	buf_free(&plain);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_broken_block),
		cmocka_unit_test(test_header_fields),
		cmocka_unit_test(test_io),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
