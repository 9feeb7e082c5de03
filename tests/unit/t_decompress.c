/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_decompress.c: captures inside each kind of compression. */
#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#define ZLIB_CONST
#include <zlib.h>

#include "lib/capbuild.h"
#include "lib/guard.h"

/* Of a packet's data: hard to compress, so that a cut in the compressed file
 * is one in the capture. */
#define DATA_LEN 1000
#define PACKETS 400
#define RECORD_LEN (16 + DATA_LEN)
/* libarchive hands out what it unpacked by blocks of up to 128 KB: a cut
 * costs no more than one of them. */
#define LOST_MAX 132

/* Options make for small blocks and little work. */
static const struct row {
	const char *name;
	int (*filter)(struct archive *a);
	const char *option;
	const char *value;
	bool checked; /* has a sum that tells of changed bytes */
} rows[] = {
	{ "gzip", archive_write_add_filter_gzip, "compression-level", "1",
	    true },
	{ "bzip2", archive_write_add_filter_bzip2, "compression-level", "1",
	    true },
	{ "xz", archive_write_add_filter_xz, "compression-level", "0", true },
	{ "zstd", archive_write_add_filter_zstd, "compression-level", "1",
	    false },
	{ "lz4", archive_write_add_filter_lz4, "block-size", "4", false },
};

static la_ssize_t
collect(struct archive *a, void *ctx, const void *p, size_t n)
{
	(void)a;
	buf_put(ctx, p, n);
	return (la_ssize_t)n;
}

/* Adds what p compresses to as one member. */
static void
compress_to(struct buf *out, const struct row *row, const void *p, size_t n)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	assert_int_equal(row->filter(a), ARCHIVE_OK);
	assert_int_equal(archive_write_set_filter_option(a, row->name,
			     row->option, row->value),
	    ARCHIVE_OK);
	assert_int_equal(archive_write_set_bytes_per_block(a, 0), ARCHIVE_OK);
	assert_int_equal(archive_write_open(a, out, NULL, collect, NULL),
	    ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "x");
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, p, n), n);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	archive_entry_free(entry);
}

/* A capture of PACKETS records, 24 + PACKETS * RECORD_LEN bytes. */
static void
build(struct buf *b)
{
	uint64_t x = 1;

	pcap_header(b, US, 1, false);
	for (size_t i = 0; i < PACKETS; i++) {
		char data[DATA_LEN + 1] = "";

		for (size_t k = 0; k < DATA_LEN; k++) {
			x = x * UINT64_C(6364136223846793005) + 1442695;
			data[k] = (char)('!' + (x >> 40) % 90);
		}
		pcap_record(b, US, (uint32_t)i, 0, data, DATA_LEN, false);
	}
}

/* Reads all packets, checks them against the plain capture, and returns how
 * many there were. */
static uint64_t
read_all(struct capture *c, const struct buf *plain,
    enum capture_status *status)
{
	struct packet p;
	uint64_t n = 0;

	while ((*status = capture_next(c, &p)) == CAPTURE_PACKET) {
		assert_int_equal(p.offset, 24 + n * RECORD_LEN);
		assert_int_equal(p.data.n, DATA_LEN);
		assert_memory_equal(p.data.p, plain->p + p.offset + 16,
		    DATA_LEN);
		n++;
	}
	return n;
}

static void
test_whole(void **state)
{
	struct buf plain = { 0 };

	(void)state;
	build(&plain);
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum capture_status status;
		struct buf z = { 0 };
		struct capture *c;

		compress_to(&z, &rows[i], plain.p, plain.n);
		assert_true(
		    capture_magic((struct slice){ z.p, CAPTURE_MAGIC_LEN }));
		c = open_mem(&z);
		assert_int_equal(read_all(c, &plain, &status), PACKETS);
		assert_int_equal(status, CAPTURE_END);
		assert_string_equal(capture_message(c), "");
		assert_string_equal(capture_compression(c), rows[i].name);
		assert_string_equal(capture_format(c), "pcap");
		capture_free(c);
		buf_free(&z);
	}
	buf_free(&plain);
}

static void
test_members(void **state)
{
	struct buf plain = { 0 };

	(void)state;
	build(&plain);
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum capture_status status;
		struct buf z = { 0 };
		struct capture *c;

		/* The seams lie within a header and within a record. */
		compress_to(&z, &rows[i], plain.p, 3);
		compress_to(&z, &rows[i], plain.p + 3, 77777);
		compress_to(&z, &rows[i], plain.p + 77780, plain.n - 77780);
		c = open_mem(&z);
		assert_int_equal(read_all(c, &plain, &status), PACKETS);
		assert_int_equal(status, CAPTURE_END);
		capture_free(c);
		buf_free(&z);
	}
	buf_free(&plain);
}

static void
test_cut(void **state)
{
	struct buf plain = { 0 };

	(void)state;
	build(&plain);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guard g;
		struct buf z = { 0 };

		compress_to(&z, &rows[i], plain.p, plain.n);
		g = guard_new(z.n);
		for (size_t k = 1; k < 16; k++) {
			size_t len = z.n * k / 16;
			enum capture_status status;
			struct capture *c =
			    capture_new_mem(guard_put(&g, z.p, len));
			uint64_t n = read_all(c, &plain, &status);

			assert_int_equal(status, CAPTURE_CUT);
			assert_non_null(
			    strstr(capture_message(c), "ends too early"));
			assert_true(n < PACKETS);
			assert_true(n + LOST_MAX > PACKETS * k / 16);
			capture_free(c);
		}
		guard_free(&g);
		buf_free(&z);
	}
	buf_free(&plain);
}

/* How many packets zlib, given all the input at once, can tell. */
static uint64_t
packets_in(struct slice z, struct buf *room)
{
	z_stream s = { .next_in = z.p, .avail_in = (uInt)z.n };
	size_t n;

	assert_int_equal(inflateInit2(&s, 16 + MAX_WBITS), Z_OK);
	s.next_out = room->p;
	s.avail_out = (uInt)room->n;
	inflate(&s, Z_SYNC_FLUSH);
	n = room->n - s.avail_out;
	inflateEnd(&s);
	return n < 24 ? 0 : (n - 24) / RECORD_LEN;
}

/* Not a packet less than there is, at cuts all over the file and at each of
 * the last bytes. */
static void
test_cut_gzip(void **state)
{
	struct buf plain = { 0 }, room = { 0 }, z = { 0 };
	struct guard g;

	(void)state;
	build(&plain);
	buf_put(&room, plain.p, plain.n);
	compress_to(&z, &rows[0], plain.p, plain.n);
	g = guard_new(z.n);
	for (size_t len = 700; len < z.n; len += len + 40 < z.n ? 6007 : 1) {
		struct slice cut = guard_put(&g, z.p, len);
		struct capture *c = capture_new_mem(cut);
		enum capture_status status;

		assert_int_equal(read_all(c, &plain, &status),
		    packets_in(cut, &room));
		assert_int_equal(status, CAPTURE_CUT);
		assert_non_null(
		    strstr(capture_message(c), ": gzip: ends too early"));
		assert_int_equal(capture_bytes_in(c), len);
		capture_free(c);
	}
	guard_free(&g);
	buf_free(&z);
	buf_free(&room);
	buf_free(&plain);
}

/* All packets come before the end that tells what is wrong. */
static void
assert_all_then(const struct buf *z, const struct buf *plain,
    enum capture_status want, const char *why)
{
	struct capture *c = open_mem(z);
	enum capture_status status;

	assert_int_equal(read_all(c, plain, &status), PACKETS);
	assert_int_equal(status, want);
	if (strlen(why) > 0)
		assert_non_null(strstr(capture_message(c), why));
	else
		assert_string_equal(capture_message(c), "");
	capture_free(c);
}

static void
test_gzip_end(void **state)
{
	struct buf plain = { 0 }, z = { 0 };
	size_t len;

	(void)state;
	build(&plain);
	compress_to(&z, &rows[0], plain.p, plain.n);
	len = z.n;
	z.p[len - 8] ^= 1;
	assert_all_then(&z, &plain, CAPTURE_CORRUPT,
	    ": gzip: incorrect data check");
	z.p[len - 8] ^= 1;
	z.p[len - 1] ^= 1;
	assert_all_then(&z, &plain, CAPTURE_CORRUPT,
	    ": gzip: incorrect length check");
	z.p[len - 1] ^= 1;
	z.n = len - 1;
	assert_all_then(&z, &plain, CAPTURE_CUT, ": gzip: ends too early");
	z.n = len;
	for (size_t i = 0; i < 5000; i++)
		buf_byte(&z, 0);
	assert_all_then(&z, &plain, CAPTURE_END, "");
	buf_byte(&z, 'x');
	assert_all_then(&z, &plain, CAPTURE_CORRUPT,
	    ": gzip: garbage after the end");
	buf_free(&z);
	buf_free(&plain);
}

/* The first bytes of a compressed file: a clean end whatever is missing. */
static void
test_cut_early(void **state)
{
	struct buf plain = { 0 };

	(void)state;
	build(&plain);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guard g = guard_new(64);
		struct buf z = { 0 };

		compress_to(&z, &rows[i], plain.p, plain.n);
		for (size_t len = 0; len < 64; len++) {
			struct capture *c =
			    capture_new_mem(guard_put(&g, z.p, len));
			enum capture_status want =
			    len < 10 ? CAPTURE_NOT_ONE : CAPTURE_CUT;
			struct packet p;
			enum capture_status status = capture_next(c, &p);

			assert_true(status == want ||
			    (len < 10 && status == CAPTURE_CUT));
			assert_true(strlen(capture_message(c)) > 0);
			capture_free(c);
		}
		guard_free(&g);
		buf_free(&z);
	}
	buf_free(&plain);
}

/* The capture inside is cut, the compression around it is not. */
static void
test_cut_inside(void **state)
{
	static const struct want w = { 24, 0, "abc", 3, 1, 6, 0 };
	struct buf plain = { 0 };

	(void)state;
	pcap_header(&plain, US, 1, false);
	pcap_record(&plain, US, 0, 0, "abc", 3, false);
	pcap_record(&plain, US, 0, 0, "defg", 4, false);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf z = { 0 };
		struct capture *c;

		compress_to(&z, &rows[i], plain.p, plain.n - 1);
		c = open_mem(&z);
		assert_packets(c, &w, 1);
		assert_ends(c, CAPTURE_CUT,
		    "packet 2 at offset 43: "
		    "the file ends after 19 of 20 bytes");
		capture_free(c);
		buf_free(&z);
	}
	buf_free(&plain);
}

/* Bytes in the middle changed: whole packets only up to there, and a bad end
 * if the format can tell. */
static void
test_corrupt(void **state)
{
	struct buf plain = { 0 };

	(void)state;
	build(&plain);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf z = { 0 };
		struct capture *c;
		struct packet p;
		enum capture_status status;
		uint64_t n = 0;

		compress_to(&z, &rows[i], plain.p, plain.n);
		memset(z.p + z.n / 2, 0xff, 400);
		c = open_mem(&z);
		while ((status = capture_next(c, &p)) == CAPTURE_PACKET)
			n++;
		assert_true(n <= PACKETS);
		if (rows[i].checked)
			assert_int_not_equal(status, CAPTURE_END);
		assert_true((status == CAPTURE_END) ==
		    (strlen(capture_message(c)) == 0));
		capture_free(c);
		buf_free(&z);
	}
	buf_free(&plain);
}

static void
assert_not_one(const struct buf *z, const char *message)
{
	struct capture *c = open_mem(z);

	assert_ends(c, CAPTURE_NOT_ONE, message);
	capture_free(c);
}

static void
test_twice(void **state)
{
	struct buf plain = { 0 };

	(void)state;
	build(&plain);
	for (size_t i = 0; i < COUNT(rows) * COUNT(rows); i++) {
		struct buf inner = { 0 }, outer = { 0 };

		compress_to(&inner, &rows[i % COUNT(rows)], plain.p, 3000);
		compress_to(&outer, &rows[i / COUNT(rows)], inner.p, inner.n);
		assert_not_one(&outer,
		    "no capture file: compressed more than once");
		buf_free(&inner);
		buf_free(&outer);
	}
	buf_free(&plain);
}

static void
test_not_a_capture(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf z = { 0 };

		compress_to(&z, &rows[i], "hello", 5);
		assert_not_one(&z, "no capture file: begins with 68 65 6c 6c");
		buf_free(&z);
	}
}

static void
test_empty_inside(void **state)
{
	static const char lz4[] = "\x04\x22\x4d\x18\x64\x40\xa7\0\0\0\0"
				  "\x05\x5d\xcc\x02";

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf z = { 0 };

		/* libarchive 3.6 crashes on writing an empty lz4. */
		if (strcmp(rows[i].name, "lz4") == 0)
			buf_put(&z, lz4, sizeof(lz4) - 1);
		else
			compress_to(&z, &rows[i], "", 0);
		assert_not_one(&z, "empty file");
		buf_free(&z);
	}
}

static void
test_broken_header(void **state)
{
	/* Reserved flags, and a version that there is not. */
	static const struct {
		const char *head;
		const char *message;
	} broken[] = {
		{ "\x1f\x8b\x08\xe0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
		    "gzip: unknown header flags set" },
		{ "\x04\x22\x4d\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
		    "lz4: broken or cut header" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct buf z = { 0 };
		struct capture *c;

		buf_put(&z, broken[i].head, 20);
		c = open_mem(&z);
		assert_ends(c, CAPTURE_CORRUPT, broken[i].message);
		capture_free(c);
		buf_free(&z);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_gzip),
		cmocka_unit_test(test_gzip_end),
		cmocka_unit_test(test_cut_early),
		cmocka_unit_test(test_cut_inside),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_not_a_capture),
		cmocka_unit_test(test_empty_inside),
		cmocka_unit_test(test_broken_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
