/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * capbuild.h: builds capture files in memory, field by field, and checks
 * what the reader makes of them.  For programs that use cmocka.
 */
#ifndef LIB_CAPBUILD_H
#define LIB_CAPBUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "capture/capture.h"

#define US 0xa1b2c3d4
#define NS 0xa1b23c4d
#define MODIFIED 0xa1b2cd34
#define RECORD_MAX (16u << 20)

static inline void
put16(struct buf *b, unsigned v, bool big)
{
	buf_byte(b, (uint8_t)(big ? v >> 8 : v));
	buf_byte(b, (uint8_t)(big ? v : v >> 8));
}

static inline void
put32(struct buf *b, uint32_t v, bool big)
{
	put16(b, big ? v >> 16 : v & 0xffff, big);
	put16(b, big ? v & 0xffff : v >> 16, big);
}

static inline void
put64(struct buf *b, uint64_t v, bool big)
{
	put32(b, (uint32_t)(big ? v >> 32 : v), big);
	put32(b, (uint32_t)(big ? v : v >> 32), big);
}

static inline void
pcap_header(struct buf *b, uint32_t magic, uint32_t network, bool big)
{
	put32(b, magic, big);
	put16(b, 2, big);
	put16(b, 4, big);
	put32(b, 0, big);
	put32(b, 0, big);
	put32(b, 10, big); /* snap length: shorter than our records */
	put32(b, network, big);
}

static inline void
pcap_record(struct buf *b, uint32_t magic, uint32_t sec, uint32_t frac,
    const char *data, uint32_t len, bool big)
{
	put32(b, sec, big);
	put32(b, frac, big);
	put32(b, (uint32_t)strlen(data), big);
	put32(b, len, big);
	if (magic == MODIFIED)
		put64(b, 0xffffffffffffffff, big);
	buf_str(b, data);
}

static inline size_t
block_open(struct buf *b, uint32_t type, bool big)
{
	put32(b, type, big);
	put32(b, 0, big);
	return b->n - 8;
}

/* Pads the block and writes its length at both ends. */
static inline void
block_close(struct buf *b, size_t at, bool big)
{
	struct buf len = { 0 };

	while ((b->n - at) % 4 != 0)
		buf_byte(b, 0);
	put32(&len, (uint32_t)(b->n - at + 4), big);
	memcpy(b->p + at + 4, len.p, 4);
	buf_put(b, len.p, 4);
	buf_free(&len);
}

static inline void
section(struct buf *b, bool big)
{
	size_t at = block_open(b, 0x0a0d0d0a, big);

	put32(b, 0x1a2b3c4d, big);
	put16(b, 1, big);
	put16(b, 0, big);
	put64(b, UINT64_MAX, big);
	block_close(b, at, big);
}

/* resolution < 0: no option. */
static inline void
interface(struct buf *b, unsigned linktype, uint32_t snaplen, int resolution,
    int64_t offset, bool big)
{
	size_t at = block_open(b, 1, big);

	put16(b, linktype, big);
	put16(b, 0, big);
	put32(b, snaplen, big);
	put16(b, 2, big); /* a name of 3 bytes, padded */
	put16(b, 3, big);
	buf_put(b, "eth", 4);
	if (resolution >= 0) {
		put16(b, 9, big);
		put16(b, 1, big);
		buf_byte(b, (uint8_t)resolution);
		buf_put(b, "\0\0", 3);
	}
	if (offset != 0) {
		put16(b, 14, big);
		put16(b, 8, big);
		put64(b, (uint64_t)offset, big);
	}
	put32(b, 0, big);
	block_close(b, at, big);
}

static inline void
enhanced(struct buf *b, uint32_t id, uint64_t ticks, const char *data,
    uint32_t len, bool big)
{
	size_t at = block_open(b, 6, big);

	put32(b, id, big);
	put32(b, (uint32_t)(ticks >> 32), big);
	put32(b, (uint32_t)ticks, big);
	put32(b, (uint32_t)strlen(data), big);
	put32(b, len, big);
	buf_str(b, data);
	block_close(b, at, big);
}

static inline void
obsolete(struct buf *b, unsigned id, uint64_t ticks, const char *data, bool big)
{
	size_t at = block_open(b, 2, big);

	put16(b, id, big);
	put16(b, 7, big); /* drops */
	put32(b, (uint32_t)(ticks >> 32), big);
	put32(b, (uint32_t)ticks, big);
	put32(b, (uint32_t)strlen(data), big);
	put32(b, (uint32_t)strlen(data), big);
	buf_str(b, data);
	block_close(b, at, big);
}

static inline void
simple(struct buf *b, uint32_t len, const char *data, bool big)
{
	size_t at = block_open(b, 3, big);

	put32(b, len, big);
	buf_str(b, data);
	block_close(b, at, big);
}

static inline void
unknown_block(struct buf *b, bool big)
{
	size_t at = block_open(b, 0x0bad, big);

	buf_str(b, "whatever");
	block_close(b, at, big);
}

struct want {
	uint64_t offset;
	int64_t ts_ns;
	const char *data;
	uint32_t len;
	unsigned linktype;
	unsigned digits;
	unsigned interface;
};

static inline struct capture *
open_mem(const struct buf *b)
{
	return capture_new_mem((struct slice){ b->p, b->n });
}

static inline void
assert_packets(struct capture *c, const struct want *w, size_t n)
{
	for (size_t i = 0; i < n; i++, w++) {
		struct packet p;

		assert_int_equal(capture_next(c, &p), CAPTURE_PACKET);
		assert_int_equal(p.number, i + 1);
		assert_int_equal(p.offset, w->offset);
		assert_int_equal(p.ts_ns, w->ts_ns);
		assert_int_equal(p.len, w->len);
		assert_int_equal(p.data.n, strlen(w->data));
		assert_memory_equal(p.data.p, w->data, p.data.n);
		assert_int_equal(p.linktype, w->linktype);
		assert_int_equal(p.ts_digits, w->digits);
		assert_int_equal(p.interface, w->interface);
	}
}

/* The capture ends so, says so, and ends so again. */
static inline void
assert_ends(struct capture *c, enum capture_status status, const char *message)
{
	struct packet p;

	assert_int_equal(capture_next(c, &p), status);
	assert_string_equal(capture_message(c), message);
	assert_int_equal(capture_next(c, &p), status);
	assert_string_equal(capture_message(c), message);
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static inline void
check(struct buf *b, const struct want *w, size_t n, enum capture_status status,
    const char *message)
{
	struct capture *c = open_mem(b);

	assert_packets(c, w, n);
	assert_ends(c, status, message);
	assert_string_equal(capture_compression(c), "none");
	assert_int_equal(capture_bytes_in(c), b->n);
	capture_free(c);
	buf_free(b);
}

/* Two sections of different byte order, every kind of block. */
static inline void
build_pcapng(struct buf *b, bool big)
{
	section(b, big);				/* 0: 28 */
	interface(b, 1, 0, -1, 0, big);			/* 28: 32 */
	unknown_block(b, big);				/* 60: 20 */
	interface(b, 113, 4, 9, -1, big);		/* 80: 52 */
	enhanced(b, 0, 1500000, "abcde", 60, big);	/* 132: 40 */
	enhanced(b, 1, 2000000001, "abcdefgh", 8, big); /* 172: 40 */
	obsolete(b, 1, 7, "abc", big);			/* 212: 36 */
	simple(b, 5, "abcde", big);			/* 248: 24 */
	section(b, !big);				/* 272: 28 */
	interface(b, 276, 3, 0x83, 0, !big);		/* 300: 40 */
	enhanced(b, 0, 17, "xy", 1, !big);		/* 340: 36 */
	simple(b, 9, "abcdefgh", !big);			/* 376: 24 */
	simple(b, 2, "abcdefgh", !big);			/* 400: 24 */
}

static const struct want pcapng_want[] = {
	{ 132, 1500000000, "abcde", 60, 1, 6, 0 },
	{ 172, 1000000001, "abcdefgh", 8, 113, 9, 1 },
	{ 212, -999999993, "abc", 3, 113, 9, 1 },
	{ 248, 0, "abcde", 5, 1, 6, 0 },
	{ 340, 2125000000, "xy", 2, 276, 6, 0 },
	{ 376, 0, "abc", 9, 276, 6, 0 },
	{ 400, 0, "ab", 2, 276, 6, 0 },
};

#endif
