/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_pcapng.c: the pcapng format, block by block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/capbuild.h"
#include "lib/guard.h"

static void
test_pcapng(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct buf b = { 0 };
		struct capture *c;

		build_pcapng(&b, big);
		assert_int_equal(b.n, 424);
		c = open_mem(&b);
		assert_packets(c, pcapng_want, 1);
		assert_string_equal(capture_format(c), "pcapng");
		capture_free(c);
		check(&b, pcapng_want, COUNT(pcapng_want), CAPTURE_END,
		    "packets that claim to be shorter than they are: 1");
	}
}

static void
test_pcapng_times(void **state)
{
	static const struct {
		int resolution;
		unsigned digits;
		uint64_t ticks;
		int64_t offset;
		int64_t ns;
	} rows[] = {
		{ 0, 6, 7, 0, 7000000000 },
		{ 0, 6, UINT64_MAX, 0, INT64_MAX },
		{ 6, 6, 1, 0, 1000 },
		{ 7, 9, 1, 0, 100 },
		{ 9, 9, UINT64_MAX, 0, INT64_MAX },
		{ 9, 9, INT64_MAX, 0, INT64_MAX },
		{ 9, 9, INT64_MAX, -1, INT64_MAX - 1000000000 },
		{ 9, 9, UINT64_MAX, -9223372037, 9223372036709551615 },
		{ 10, 9, 19, 0, 1 },
		{ 12, 9, 5000, 0, 5 },
		{ 20, 9, UINT64_MAX, 0, 184467440 },
		{ 28, 9, UINT64_MAX, 0, 1 },
		{ 29, 9, UINT64_MAX, 3, 3000000000 },
		{ 127, 9, UINT64_MAX, 0, 0 },
		{ 0x80, 6, 2, 0, 2000000000 },
		{ 0x93, 6, 1, 0, 1907 },
		{ 0x94, 9, 1, 0, 953 },
		{ 0xa0, 9, 0x180000000, 0, 1500000000 },
		{ 0xff, 9, UINT64_MAX, 0, 0 },
		{ 6, 6, 0, INT64_MAX, INT64_MAX },
		{ 6, 6, UINT64_MAX, INT64_MAX, INT64_MAX },
		{ 6, 6, 0, INT64_MIN, INT64_MIN },
		{ 6, 6, UINT64_MAX, INT64_MIN, INT64_MIN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		struct buf b = { 0 };
		struct capture *c;
		struct packet p;
		bool big = i % 2;

		section(&b, big);
		interface(&b, 1, 0, rows[i / 2].resolution, rows[i / 2].offset,
		    big);
		enhanced(&b, 0, rows[i / 2].ticks, "abc", 3, big);
		c = open_mem(&b);
		assert_int_equal(capture_next(c, &p), CAPTURE_PACKET);
		assert_int_equal(p.ts_ns, rows[i / 2].ns);
		assert_int_equal(p.ts_digits, rows[i / 2].digits);
		capture_free(c);
		buf_free(&b);
	}
}

/* A section with an interface and a packet: 28 + 32 + 36 bytes. */
static void
build_start(struct buf *b)
{
	section(b, false);
	interface(b, 1, 0, -1, 0, false);
	enhanced(b, 0, 1, "abc", 3, false);
}

static const struct want start_want = { 60, 1000, "abc", 3, 1, 6, 0 };

static void
test_pcapng_bad_blocks(void **state)
{
	static const struct {
		const char *name;
		uint32_t words[8];
		const char *message;
	} rows[] = {
		{ "length 8", { 5, 8, 8 },
		    "block claims the impossible length 8" },
		{ "length 0", { 5, 0, 0 },
		    "block claims the impossible length 0" },
		{ "length 13", { 5, 13, 0, 13 },
		    "block claims the impossible length 13" },
		{ "trailer", { 5, 16, 0, 20 },
		    "block says 16 bytes at its beginning, 20 at its end" },
		{ "2 GB packet", { 6, 0x80000000 },
		    "block claims 2147483648 bytes; the rest is not read" },
		{ "short section", { 0x0a0d0d0a, 16, 0x1a2b3c4d, 16 },
		    "section block of only 16 bytes" },
		{ "section order", { 0x0a0d0d0a, 28, 0x1a2b3c4e },
		    "section without a byte order" },
		{ "section version",
		    { 0x0a0d0d0a, 28, 0x1a2b3c4d, 2, 0, 0, 28 },
		    "section of the unknown version 2" },
		{ "short interface", { 1, 16, 0, 16 },
		    "interface block of only 16 bytes" },
		{ "short packet", { 6, 28, 0, 0, 0, 0, 28 },
		    "packet block of only 28 bytes" },
		{ "short obsolete", { 2, 28, 0, 0, 0, 0, 28 },
		    "packet block of only 28 bytes" },
		{ "short simple", { 3, 12, 12 },
		    "packet block of only 12 bytes" },
		{ "unknown interface", { 6, 32, 1, 0, 0, 0, 0, 32 },
		    "interface 1 is not described" },
		{ "caplen", { 6, 32, 0, 0, 0, 1, 1, 32 },
		    "packet of 1 bytes in a block of 32" },
		{ "caplen 2 GB", { 6, 32, 0, 0, 0, 0x80000000, 1, 32 },
		    "packet of 2147483648 bytes in a block of 32" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = { 0 };
		char message[160];

		print_message("%s\n", rows[i].name);
		snprintf(message, sizeof(message), "packet 2 at offset 96: %s",
		    rows[i].message);
		build_start(&b);
		for (size_t k = 0; k < 8; k++)
			put32(&b, rows[i].words[k], false);
		check(&b, &start_want, 1, CAPTURE_CORRUPT, message);
	}
}

static void
test_pcapng_no_interface(void **state)
{
	struct buf b = { 0 };

	(void)state;
	section(&b, false);
	enhanced(&b, 0, 1, "abc", 3, false);
	check(&b, NULL, 0, CAPTURE_CORRUPT,
	    "packet 1 at offset 28: interface 0 is not described");
	section(&b, false);
	simple(&b, 3, "abc", false);
	check(&b, NULL, 0, CAPTURE_CORRUPT,
	    "packet 1 at offset 28: interface 0 is not described");
	build_start(&b);
	section(&b, true);
	obsolete(&b, 0, 1, "abc", true);
	check(&b, &start_want, 1, CAPTURE_CORRUPT,
	    "packet 2 at offset 124: interface 0 is not described");
}

/* Options that lie about their length end the list, not the capture. */
static void
test_pcapng_bad_options(void **state)
{
	static const struct want w = { 52, 1000, "abc", 3, 1, 6, 0 };
	struct buf b = { 0 };
	size_t at;

	(void)state;
	section(&b, false);
	at = block_open(&b, 1, false);
	put32(&b, 1, false);
	put32(&b, 0, false);
	put16(&b, 9, false);
	put16(&b, 0xffff, false);
	block_close(&b, at, false);
	enhanced(&b, 0, 1, "abc", 3, false);
	check(&b, &w, 1, CAPTURE_END, "");
}

/* A block that carries no packet may be longer than what we hold. */
static void
test_pcapng_large_block(void **state)
{
	size_t n = RECORD_MAX + 4096;
	struct want w[] = { start_want, { 96 + n, 2000, "de", 2, 1, 6, 0 } };
	struct buf b = { 0 };
	struct capture *c;

	(void)state;
	build_start(&b);
	put32(&b, 0x0bad, false);
	put32(&b, (uint32_t)n, false);
	memset(buf_room(&b, n - 12), 'z', n - 12);
	b.n += n - 12;
	c = open_mem(&b);
	assert_packets(c, &start_want, 1);
	assert_ends(c, CAPTURE_CUT,
	    "packet 2 at offset 96: the file ends "
	    "after 16781308 of 16781312 bytes");
	capture_free(c);
	put32(&b, (uint32_t)n, false);
	enhanced(&b, 0, 2, "de", 2, false);
	check(&b, w, 2, CAPTURE_END, "");
}

static void
test_pcapng_too_many_interfaces(void **state)
{
	struct buf b = { 0 };

	(void)state;
	section(&b, false);
	for (int i = 0; i < 65537; i++)
		interface(&b, 1, 0, -1, 0, false);
	check(&b, NULL, 0, CAPTURE_CORRUPT,
	    "packet 1 at offset 2097180: more than 65536 interfaces");
}

/* How many packets of build_pcapng lie wholly in its first len bytes. */
static size_t
whole_packets(size_t len)
{
	static const size_t ends[] = { 172, 212, 248, 272, 376, 400, 424 };
	size_t n = 0;

	while (n < COUNT(ends) && ends[n] <= len)
		n++;
	return n;
}

static void
test_every_cut_pcapng(void **state)
{
	static const size_t borders[] = {
		28,
		60,
		80,
		132,
		172,
		212,
		248,
		272,
		300,
		340,
		376,
		400,
		424,
	};

	(void)state;
	for (int big = 0; big < 2; big++) {
		struct guard g = guard_new(424);
		struct buf b = { 0 };

		build_pcapng(&b, big);
		for (size_t len = 4; len < b.n; len++) {
			struct capture *c =
			    capture_new_mem(guard_put(&g, b.p, len));
			enum capture_status want = CAPTURE_CUT;
			struct packet p;

			for (size_t i = 0; i < COUNT(borders); i++)
				if (borders[i] == len)
					want = CAPTURE_END;
			assert_packets(c, pcapng_want, whole_packets(len));
			assert_int_equal(capture_next(c, &p), want);
			capture_free(c);
		}
		guard_free(&g);
		buf_free(&b);
	}
}

/* Every single byte of a file changed, at a guard page: no crash, and sane
 * packets only. */
static void
test_every_byte_changed(void **state)
{
	struct guard g = guard_new(424);
	struct buf b = { 0 };

	(void)state;
	build_pcapng(&b, false);
	for (size_t i = 0; i < b.n * 4; i++) {
		static const uint8_t flip[] = { 0x01, 0x80, 0x7f, 0xff };
		struct capture *c;
		struct packet p;
		uint64_t got = 0;

		b.p[i / 4] ^= flip[i % 4];
		c = capture_new_mem(guard_put(&g, b.p, b.n));
		while (capture_next(c, &p) == CAPTURE_PACKET) {
			assert_int_equal(p.number, ++got);
			assert_true(p.data.n <= p.len);
			assert_true(p.offset + p.data.n <= b.n);
		}
		assert_true(got <= COUNT(pcapng_want));
		capture_free(c);
		b.p[i / 4] ^= flip[i % 4];
	}
	guard_free(&g);
	buf_free(&b);
}

/* -------------------------------------------------------------------- secrets */

static void
secrets_block(struct buf *b, uint32_t type, uint32_t len, const char *text,
    bool big)
{
	size_t at = block_open(b, 10, big);

	put32(b, type, big);
	put32(b, len, big);
	buf_str(b, text);
	block_close(b, at, big);
}

#define TLSK 0x544c534b

/* Before the first packet, between packets of two sections, behind the last. */
static void
build_secrets(struct buf *b, bool big)
{
	section(b, big);
	secrets_block(b, TLSK, 6, "first\n", big);
	secrets_block(b, 0x57474b4c, 6, "other\n", big);
	interface(b, 1, 0, -1, 0, big);
	enhanced(b, 0, 1, "abc", 3, big);
	secrets_block(b, TLSK, 9, "is cut", big);
	secrets_block(b, TLSK, UINT32_MAX, "is cut", big);
	section(b, !big);
	interface(b, 1, 0, -1, 0, !big);
	secrets_block(b, TLSK, 4, "mid\nx", !big);
	enhanced(b, 0, 2, "def", 3, !big);
	secrets_block(b, TLSK, 4, "last", !big);
	secrets_block(b, TLSK, 0, "", !big);
}

static void
on_secrets(void *arg, struct slice text)
{
	struct buf *b = arg;

	buf_put(b, text.p, text.n);
	buf_byte(b, '|');
}

/* In order, as they come: what stood before the first packet when it was asked
 * for. */
static void
test_secrets_in_order(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct buf b = { 0 }, got = { 0 };
		struct capture *c;
		struct packet p;

		build_secrets(&b, big);
		c = open_mem(&b);
		assert_int_equal(capture_next(c, &p), CAPTURE_PACKET);
		capture_on_secrets(c, on_secrets, &got);
		assert_string_equal(buf_cstr(&got), "first\n\n|");
		assert_int_equal(capture_next(c, &p), CAPTURE_PACKET);
		assert_string_equal(buf_cstr(&got), "first\n\n|mid\n|");
		assert_int_equal(capture_next(c, &p), CAPTURE_END);
		assert_string_equal(buf_cstr(&got), "first\n\n|mid\n|last||");
		capture_free(c);
		buf_free(&b);
		buf_free(&got);
	}
}

/* All at once, when the file can be read again, and none of them twice; what is
 * cut or corrupt behind the first packet ends it without a word. */
static void
test_secrets_at_once(void **state)
{
	static const char *const want[] = { "first\n|mid\n|last||",
		"first\n|mid\n|", "first\n|" };

	(void)state;
	for (int i = 0; i < 6; i++) {
		FILE *f = tmpfile();
		struct buf b = { 0 }, got = { 0 };
		struct capture *c;
		struct packet p;

		assert_non_null(f);
		build_secrets(&b, i % 2);
		if (i / 2 == 1)
			b.n -= 50;
		if (i / 2 == 2)
			b.n = 160;
		assert_int_equal(fwrite("skip", 1, 4, f), 4);
		assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
		assert_int_equal(fflush(f), 0);
		assert_int_equal(lseek(fileno(f), 4, SEEK_SET), 4);
		c = capture_new_fd(fileno(f));
		assert_int_equal(capture_next(c, &p), CAPTURE_PACKET);
		capture_on_secrets(c, on_secrets, &got);
		assert_string_equal(buf_cstr(&got), want[i / 2]);
		assert_string_equal(capture_message(c), "");
		if (i / 2 == 0) {
			assert_int_equal(capture_next(c, &p), CAPTURE_PACKET);
			assert_memory_equal(p.data.p, "def", 3);
			assert_int_equal(capture_next(c, &p), CAPTURE_END);
			assert_string_equal(buf_cstr(&got), want[0]);
		}
		capture_free(c);
		fclose(f);
		buf_free(&b);
		buf_free(&got);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcapng),
		cmocka_unit_test(test_pcapng_times),
		cmocka_unit_test(test_pcapng_bad_blocks),
		cmocka_unit_test(test_pcapng_no_interface),
		cmocka_unit_test(test_pcapng_bad_options),
		cmocka_unit_test(test_pcapng_large_block),
		cmocka_unit_test(test_pcapng_too_many_interfaces),
		cmocka_unit_test(test_every_cut_pcapng),
		cmocka_unit_test(test_every_byte_changed),
		cmocka_unit_test(test_secrets_in_order),
		cmocka_unit_test(test_secrets_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
