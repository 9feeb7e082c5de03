/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_capture.c: what a capture file is, the pcap formats, and pipes. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>

#include "lib/capbuild.h"
#include "lib/guard.h"

static void
test_pcap_variants(void **state)
{
	static const struct {
		uint32_t magic;
		const char *name;
		uint64_t record_len;
		int64_t tick;
		unsigned digits;
	} rows[] = {
		{ US, "pcap", 16, 1000, 6 },
		{ NS, "pcap-ns", 16, 1, 9 },
		{ MODIFIED, "pcap-modified", 24, 1000, 6 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		bool big = i % 2;
		uint32_t magic = rows[i / 2].magic;
		uint64_t len = rows[i / 2].record_len;
		int64_t tick = rows[i / 2].tick;
		unsigned digits = rows[i / 2].digits;
		const struct want w[] = {
			{ 24, INT64_C(1234567890000000000) + 5 * tick,
			    "longer than ten bytes", 1514, 113, digits, 0 },
			{ 24 + len + 21,
			    4294967295 * INT64_C(1000000000) +
				4294967295 * tick,
			    "", 0, 113, digits, 0 },
			{ 24 + 2 * len + 21, 0, "x", 1, 113, digits, 0 },
		};
		struct buf b = { 0 };
		struct capture *c;

		pcap_header(&b, magic, 0xf4000071, big);
		pcap_record(&b, magic, 1234567890, 5, w[0].data, 1514, big);
		pcap_record(&b, magic, UINT32_MAX, UINT32_MAX, "", 0, big);
		pcap_record(&b, magic, 0, 0, "x", 1, big);
		c = open_mem(&b);
		assert_string_equal(capture_format(c), "unknown");
		assert_packets(c, w, 3);
		assert_string_equal(capture_format(c), rows[i / 2].name);
		capture_free(c);
		check(&b, w, 3, CAPTURE_END, "");
	}
}

/* Version and lengths as old programs, and those of AIX, write them. */
static void
test_pcap_old_versions(void **state)
{
	static const struct {
		unsigned major;
		unsigned minor;
		uint32_t network;
		bool exchanged;
		const char *name;
		uint16_t linktype;
		int64_t tick;
	} rows[] = {
		{ 2, 3, 1, true, "pcap", 1, 1000 },
		{ 2, 3, 1, false, "pcap", 1, 1000 },
		{ 2, 2, 1, true, "pcap", 1, 1000 },
		{ 2, 0, 10, true, "pcap", 10, 1000 },
		{ 543, 0, 1, true, "pcap", 1, 1000 },
		{ 2, 2, 6, false, "pcap-aix", 1, 1 },
		{ 2, 2, 6, true, "pcap-aix", 1, 1 },
		{ 2, 2, 9, false, "pcap-aix", 6, 1 },
		{ 2, 2, 15, false, "pcap-aix", 10, 1 },
		{ 2, 2, 24, false, "pcap-aix", 0, 1 },
		{ 2, 4, 6, false, "pcap", 6, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		bool big = i % 2;
		uint32_t first = rows[i / 2].exchanged ? 1514 : 3;
		unsigned digits = rows[i / 2].tick == 1 ? 9 : 6;
		const struct want w[] = {
			{ 24, 7 * INT64_C(1000000000) + 5 * rows[i / 2].tick,
			    "abc", 1514, rows[i / 2].linktype, digits, 0 },
			{ 43, 8 * INT64_C(1000000000), "xy", 2,
			    rows[i / 2].linktype, digits, 0 },
		};
		struct buf b = { 0 };
		struct capture *c;

		put32(&b, US, big);
		put16(&b, rows[i / 2].major, big);
		put16(&b, rows[i / 2].minor, big);
		put64(&b, 0, big);
		put32(&b, 0xffff, big);
		put32(&b, rows[i / 2].network, big);
		put32(&b, 7, big);
		put32(&b, 5, big);
		put32(&b, first, big);
		put32(&b, 1517 - first, big);
		buf_put(&b, "abc", 3);
		put32(&b, 8, big);
		put32(&b, 0, big);
		put32(&b, 2, big);
		put32(&b, 2, big);
		buf_put(&b, "xy", 2);
		c = open_mem(&b);
		assert_packets(c, w, 2);
		assert_string_equal(capture_format(c), rows[i / 2].name);
		capture_free(c);
		buf_free(&b);
	}
}

static void
test_pcap_without_packets(void **state)
{
	struct buf b = { 0 };

	(void)state;
	pcap_header(&b, US, 1, false);
	check(&b, NULL, 0, CAPTURE_END, "");
}

static void
test_pcap_longer_than_wire(void **state)
{
	static const struct want w[] = {
		{ 24, 0, "abcdef", 6, 1, 6, 0 },
		{ 46, 0, "abc", 3, 1, 6, 0 },
	};
	struct buf b = { 0 };

	(void)state;
	pcap_header(&b, US, 1, false);
	pcap_record(&b, US, 0, 0, "abcdef", 4, false);
	pcap_record(&b, US, 0, 0, "abc", 3, false);
	check(&b, w, 2, CAPTURE_END,
	    "packets that claim to be shorter than they are: 1");
}

static void
test_pcap_huge_record(void **state)
{
	static const uint32_t claims[] = {
		RECORD_MAX + 1,
		0x7fffffff,
		0x80000000,
		0xffffffff,
	};
	static const struct want w = { 24, 0, "abc", 3, 1, 6, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(claims); i++) {
		struct buf b = { 0 };
		char message[120];

		snprintf(message, sizeof(message),
		    "packet 2 at offset 43: "
		    "record claims %u bytes; the rest is not read",
		    claims[i]);
		pcap_header(&b, US, 1, true);
		pcap_record(&b, US, 0, 0, "abc", 3, true);
		put64(&b, 0, true);
		put32(&b, claims[i], true);
		put32(&b, claims[i], true);
		buf_str(&b, "some bytes follow");
		check(&b, &w, 1, CAPTURE_CORRUPT, message);
	}
}

/* The longest record, then one more packet. */
static void
test_pcap_longest_record(void **state)
{
	struct buf b = { 0 };
	struct capture *c;
	struct packet p;

	(void)state;
	pcap_header(&b, US, 1, false);
	put64(&b, 0, false);
	put32(&b, RECORD_MAX, false);
	put32(&b, RECORD_MAX, false);
	memset(buf_room(&b, RECORD_MAX), 'z', RECORD_MAX);
	b.n += RECORD_MAX;
	pcap_record(&b, US, 0, 0, "abc", 3, false);
	c = open_mem(&b);
	assert_int_equal(capture_next(c, &p), CAPTURE_PACKET);
	assert_int_equal(p.data.n, RECORD_MAX);
	assert_int_equal(capture_next(c, &p), CAPTURE_PACKET);
	assert_memory_equal(p.data.p, "abc", 3);
	assert_ends(c, CAPTURE_END, "");
	capture_free(c);
	buf_free(&b);
}

static void
test_pcap_cut(void **state)
{
	static const struct want w = { 24, 0, "abc", 3, 1, 6, 0 };
	struct buf b = { 0 };

	(void)state;
	pcap_header(&b, US, 1, false);
	pcap_record(&b, US, 0, 0, "abc", 3, false);
	pcap_record(&b, US, 0, 0, "defg", 4, false);
	b.n--;
	check(&b, &w, 1, CAPTURE_CUT,
	    "packet 2 at offset 43: the file ends after 19 of 20 bytes");
}

static void
test_not_one(void **state)
{
	struct buf b = { 0 };

	(void)state;
	check(&b, NULL, 0, CAPTURE_NOT_ONE, "empty file");
	buf_str(&b, "\x1b");
	check(&b, NULL, 0, CAPTURE_NOT_ONE, "no capture file: begins with 1b");
	buf_str(&b,
	    "\x7f"
	    "ELF and so on");
	check(&b, NULL, 0, CAPTURE_NOT_ONE,
	    "no capture file: begins with 7f 45 4c 46");
	buf_put(&b, "\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1b", 12);
	check(&b, NULL, 0, CAPTURE_NOT_ONE,
	    "no capture file: begins with 0a 0d 0d 0a");
}

static void
test_io_error(void **state)
{
	struct capture *c = capture_new_fd(-1);

	(void)state;
	assert_ends(c, CAPTURE_IO, "read failed: Bad file descriptor");
	capture_free(c);
}

static void
test_magic(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool is;
	} rows[] = {
		{ "", 0, false },
		{ "\xa1\xb2\xc3", 3, false },
		{ "\xa1\xb2\xc3\xd4", 4, true },
		{ "\x4d\x3c\xb2\xa1", 4, true },
		{ "\x34\xcd\xb2\xa1", 4, true },
		{ "\xa1\xb2\xc3\xd5", 4, false },
		{ "\x0a\x0d\x0d\x0a....\x1a\x2b\x3c\x4d", 12, true },
		{ "\x0a\x0d\x0d\x0a....\x4d\x3c\x2b\x1a", 12, true },
		{ "\x0a\x0d\x0d\x0a....\x4d\x3c\x2b\x1b", 12, false },
		{ "\x1f\x8b\x08", 3, true },
		{ "\x1f\x8b\x09", 3, false },
		{ "BZh91AY&SY", 10, true },
		{ "BZh9\x17rE8P\x90", 10, true },
		{ "BZh91AY&S", 9, false },
		{ "BZhello, world", 14, false },
		{ "\xfd"
		  "7zXZ\0",
		    6, true },
		{ "\x28\xb5\x2f\xfd", 4, true },
		{ "\x04\x22\x4d\x18", 4, true },
		{ "PK\x03\x04", 4, false },
	};
	struct guard g = guard_new(16);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(capture_magic(
				     guard_put(&g, rows[i].bytes, rows[i].n)),
		    rows[i].is);
	guard_free(&g);
}

/* At every length: the packets that are whole, then CAPTURE_CUT, or
 * CAPTURE_END where a record ends, or no capture when nothing is left. */
static void
check_cuts(const struct buf *b, size_t header, size_t identified,
    const struct want *w, size_t n)
{
	struct guard g = guard_new(b->n);

	for (size_t len = 0; len < b->n; len++) {
		struct capture *c = capture_new_mem(guard_put(&g, b->p, len));
		enum capture_status status;
		struct packet p;
		uint64_t got = 0;

		while ((status = capture_next(c, &p)) == CAPTURE_PACKET) {
			assert_int_equal(p.offset, w[got].offset);
			assert_memory_equal(p.data.p, w[got].data, p.data.n);
			got++;
		}
		if (len < identified)
			assert_int_equal(status, CAPTURE_NOT_ONE);
		else if (len < header)
			assert_int_equal(status, CAPTURE_CUT);
		else if (status != CAPTURE_END)
			assert_int_equal(status, CAPTURE_CUT);
		if (status != CAPTURE_END)
			assert_true(strlen(capture_message(c)) > 0);
		/* Those and only those that end before the cut. */
		assert_true(
		    got == n || w[got].offset + 16 + strlen(w[got].data) > len);
		assert_true(got == 0 ||
		    w[got - 1].offset + 16 + strlen(w[got - 1].data) <= len);
		capture_free(c);
	}
	guard_free(&g);
}

static void
test_every_cut(void **state)
{
	static const struct want w[] = {
		{ 24, 0, "abcde", 5, 1, 6, 0 },
		{ 45, 0, "fg", 2, 1, 6, 0 },
	};

	(void)state;
	for (int big = 0; big < 2; big++) {
		struct buf b = { 0 };

		pcap_header(&b, US, 1, big);
		pcap_record(&b, US, 0, 0, "abcde", 5, big);
		pcap_record(&b, US, 0, 0, "fg", 2, big);
		check_cuts(&b, 24, 4, w, 2);
		buf_free(&b);
	}
}

struct writer {
	const struct buf *b;
	size_t step;
	int fd;
};

static void *
write_slowly(void *arg)
{
	const struct writer *w = arg;
	size_t n;

	for (size_t i = 0; i < w->b->n; i += n) {
		n = w->b->n - i < w->step ? w->b->n - i : w->step;
		if (write(w->fd, w->b->p + i, n) != (ssize_t)n)
			break;
	}
	close(w->fd);
	return NULL;
}

/* From a pipe that yields step bytes a time; O_DIRECT keeps small writes
 * apart. */
static void
check_pipe(const struct buf *b, size_t step, const struct want *w, size_t n,
    const char *message)
{
	struct writer writer = { b, step, -1 };
	struct capture *c;
	pthread_t thread;
	int fds[2];

	assert_int_equal(pipe2(fds, step < 4096 ? O_DIRECT : 0), 0);
	writer.fd = fds[1];
	assert_int_equal(pthread_create(&thread, NULL, write_slowly, &writer),
	    0);
	c = capture_new_fd(fds[0]);
	assert_packets(c, w, n);
	assert_ends(c, CAPTURE_END, message);
	assert_int_equal(capture_bytes_in(c), b->n);
	capture_free(c);
	close(fds[0]);
	pthread_join(thread, NULL);
}

static void
test_pipe(void **state)
{
	(void)state;
	for (size_t step = 1; step < 30; step++) {
		struct buf b = { 0 };

		build_pcapng(&b, step % 2);
		check_pipe(&b, step, pcapng_want, COUNT(pcapng_want),
		    "packets that claim to be shorter than they are: 1");
		buf_free(&b);
	}
}

/* Records longer than the buffer, and many that straddle its end. */
static void
test_pipe_large(void **state)
{
	static const size_t sizes[] = {
		100,
		524288 - 16,
		3,
		524288 - 15,
		600000,
		7,
		3000000,
		99999,
	};
	struct buf b = { 0 }, text = { 0 };
	struct want w[COUNT(sizes) * 3];
	const char *s;

	(void)state;
	memset(buf_room(&text, 3000001), 'y', 3000001);
	text.n = 3000000;
	text.p[text.n] = '\0';
	s = (const char *)text.p;
	pcap_header(&b, US, 1, false);
	for (size_t i = 0; i < COUNT(w); i++) {
		size_t n = sizes[i % COUNT(sizes)];

		w[i] = (struct want){ b.n, (int64_t)i * 1000000000,
			s + text.n - n, (uint32_t)n, 1, 6, 0 };
		pcap_record(&b, US, (uint32_t)i, 0, w[i].data, (uint32_t)n,
		    false);
	}
	check_pipe(&b, 4096, w, COUNT(w), "");
	buf_free(&b);
	buf_free(&text);
}

/* Packets whose bytes are still there. */
struct borrowed {
	struct slice v[64];
	uint8_t first[64];
	size_t n;
	unsigned moves;
};

static void
on_moving(void *arg)
{
	struct borrowed *x = arg;

	for (size_t i = 0; i < x->n; i++) {
		assert_int_equal(x->v[i].p[0], x->first[i]);
		assert_int_equal(x->v[i].p[x->v[i].n - 1], x->first[i]);
	}
	x->n = 0;
	x->moves++;
}

/* What was handed out stays until it is said to move. */
static void
test_moving(void **state)
{
	static char text[60000 + 1];
	struct borrowed x = { 0 };
	struct buf b = { 0 };
	struct packet p;
	struct capture *c;
	FILE *f = tmpfile();

	(void)state;
	pcap_header(&b, US, 1, false);
	for (uint32_t i = 0; i < 64; i++) {
		memset(text, (int)i + 1, sizeof(text) - 1);
		pcap_record(&b, US, i, 0, text, sizeof(text) - 1, false);
	}
	assert_non_null(f);
	assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
	rewind(f);
	c = capture_new_fd(fileno(f));
	for (uint8_t i = 0; i < 64; i++) {
		assert_int_equal(capture_next(c, &p), CAPTURE_PACKET);
		if (i == 0)
			capture_on_moving(c, on_moving, &x);
		x.v[x.n] = p.data;
		x.first[x.n++] = (uint8_t)(i + 1);
	}
	assert_int_equal(capture_next(c, &p), CAPTURE_END);
	assert_in_range(x.moves, 4, 32);
	capture_free(c);
	fclose(f);
	buf_free(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcap_variants),
		cmocka_unit_test(test_pcap_old_versions),
		cmocka_unit_test(test_pcap_without_packets),
		cmocka_unit_test(test_pcap_longer_than_wire),
		cmocka_unit_test(test_pcap_huge_record),
		cmocka_unit_test(test_pcap_longest_record),
		cmocka_unit_test(test_pcap_cut),
		cmocka_unit_test(test_not_one),
		cmocka_unit_test(test_io_error),
		cmocka_unit_test(test_magic),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_pipe_large),
		cmocka_unit_test(test_moving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
