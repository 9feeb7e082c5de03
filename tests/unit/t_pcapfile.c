/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_pcapfile.c: packets as the bytes of capture files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sinks/pcapfile.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NS INT64_C(1000000000)

static const struct slice none = { NULL, 0 };
static const struct slice abc = { (const uint8_t *)"abc", 3 };

/* Compares the buffer, and empties it, with bytes as hex. */
static void
assert_hex(struct buf *b, const char *want)
{
	struct buf got = { 0 };

	for (size_t i = 0; i < b->n; i++)
		buf_printf(&got, "%02x", b->p[i]);
	assert_string_equal(buf_cstr(&got), want);
	buf_free(&got);
	buf_reset(b);
}

static void
plain(void **state)
{
	static const uint16_t types[] = { 276 };
	struct pcapfile f = { false, 262144, types, 1 };
	struct pcapfile_record r = { 0, 60, 0 };
	struct buf b = { 0 };

	(void)state;
	pcapfile_begin(&b, &f);
	assert_hex(&b,
	    "d4c3b2a102000400000000000000000000000400"
	    "14010000");
	r.ts_ns = 0x01020304 * NS + 999999999;
	assert_true(pcapfile_record(&b, &f, &r, abc));
	assert_hex(&b, "040302013f420f00030000003c000000616263");
	f.nano = true;
	pcapfile_begin(&b, &f);
	assert_hex(&b,
	    "4d3cb2a102000400000000000000000000000400"
	    "14010000");
	assert_true(pcapfile_record(&b, &f, &r, abc));
	assert_hex(&b, "04030201ffc99a3b030000003c000000616263");
	buf_free(&b);
}

static void
two_link_types(void **state)
{
	static const uint16_t types[] = { 1, 113 };
	struct pcapfile f = { false, 262144, types, 2 };
	struct pcapfile_record r = { 0x01020304 * NS + 5000, 60, 1 };
	struct buf b = { 0 };

	(void)state;
	pcapfile_begin(&b, &f);
	assert_hex(&b,
	    "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000"
	    "0100000020000000010000000000040009000100060000000000000020000000"
	    "0100000020000000710000000000040009000100060000000000000020000000");
	assert_true(pcapfile_record(&b, &f, &r, abc));
	assert_hex(&b,
	    "060000002400000001000000600f000005c983f2"
	    "030000003c000000"
	    "6162630024000000");
	for (uint32_t n = 0; n < 9; n++) {
		pcapfile_record(&b, &f, &r,
		    (struct slice){ (const uint8_t *)"abcdefghi", n });
		assert_int_equal(b.n, 32 + (n + 3) / 4 * 4);
		assert_int_equal(b.p[4], b.n);
		assert_int_equal(b.p[b.n - 4], b.n);
		buf_reset(&b);
	}
	buf_free(&b);
}

/* What a file cannot say becomes the nearest that it can. */
static void
times(void **state)
{
	static const uint16_t types[] = { 1, 113 };
	static const struct {
		int64_t ts_ns;
		bool pcap_ok;
		bool ng_ok;
		const char *pcap;
	} v[] = {
		{ 0, true, true, "0000000000000000" },
		{ -1, false, false, "0000000000000000" },
		{ INT64_MIN, false, false, "0000000000000000" },
		{ UINT32_MAX * NS + NS - 1, true, true, "ffffffff3f420f00" },
		{ UINT32_MAX * NS + NS, false, true, "ffffffff3f420f00" },
		{ INT64_MAX, false, true, "ffffffff3f420f00" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		struct pcapfile f = { false, 262144, types, 1 };
		struct pcapfile_record r = { v[i].ts_ns, 0, 0 };

		assert_int_equal(pcapfile_record(&b, &f, &r, none),
		    v[i].pcap_ok);
		b.n = 8;
		assert_hex(&b, v[i].pcap);
		f.n_linktypes = 2;
		assert_int_equal(pcapfile_record(&b, &f, &r, none), v[i].ng_ok);
		buf_reset(&b);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(two_link_types),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
