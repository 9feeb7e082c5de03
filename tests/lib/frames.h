/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * frames.h: frames written as hex, decoded, and what came out.  For programs
 * that use cmocka.
 *
 * Blanks are passed over.  "@N" is a length: two bytes, big-endian, the
 * number of bytes after them plus N; as every header knows how much of itself
 * comes later, lengths need not be counted by hand.
 */
#ifndef LIB_FRAMES_H
#define LIB_FRAMES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "decode/decode.h"
#include "lib/guard.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FRAME_MAX 4096
#define SEEN_MAX 16

/* 40000 > 80, sequence 100, acknowledges 200, PSH and ACK, "data". */
#define TCP_AFTER_PORTS "00000064 000000c8 5018 1000 "
#define TCP4 "9c40 0050 " TCP_AFTER_PORTS "1547 0000 64617461 "
#define TCP6 "9c40 0050 " TCP_AFTER_PORTS "cdd4 0000 64617461 "
/* Headers: after the length. */
#define V4(protocol) "0001 0000 40 " protocol " 0000 0a000001 0a000002 "
#define ADDRESSES6                                                             \
	"20010db8 00000000 00000000 00000001 "                                 \
	"20010db8 00000000 00000000 00000002 "
#define V6(protocol) "60000000 @-34 " protocol " 40 " ADDRESSES6
#define OUTER4(protocol)                                                       \
	"4500 @4 0002 0000 40 " protocol " 0000 c0000201 c0000202 "
#define UDP(port) "d431 " port " @6 0000 "
#define IP4 "4500 @4 " V4("06") TCP4
#define IP6 V6("06") TCP6
#define MACS "020000000002 020000000001 "
#define ETHER4 MACS "0800 " IP4

struct seen {
	size_t n;
	struct segment s[SEEN_MAX];
	uint8_t payload[SEEN_MAX][FRAME_MAX];
};

static inline void
seen_segment(void *arg, const struct segment *s)
{
	struct seen *seen = arg;

	if (seen->n == SEEN_MAX)
		abort();
	if (s->payload.n > FRAME_MAX || s->payload.n > s->payload_len)
		abort();
	seen->s[seen->n] = *s;
	if (s->payload.n > 0)
		memcpy(seen->payload[seen->n], s->payload.p, s->payload.n);
	seen->n++;
}

static inline unsigned
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c);

	if (c == '\0' || at == NULL)
		abort();
	return (unsigned)(at - digits);
}

/* The bytes that text stands for; their number. */
static inline size_t
frame_of(uint8_t out[static FRAME_MAX], const char *text)
{
	size_t lengths[16], n = 0, lengths_n = 0;
	long extra[16];

	while (*text != '\0') {
		if (n + 2 > FRAME_MAX || lengths_n == 16)
			abort();
		if (*text == ' ') {
			text++;
		} else if (*text == '@') {
			char *end;

			extra[lengths_n] = strtol(text + 1, &end, 10);
			n += 2;
			lengths[lengths_n++] = n;
			text = end;
		} else {
			out[n++] = (uint8_t)(hex_digit(text[0]) << 4 |
			    hex_digit(text[1]));
			text += 2;
		}
	}
	for (size_t i = 0; i < lengths_n; i++) {
		long len = (long)(n - lengths[i]) + extra[i];

		out[lengths[i] - 2] = (uint8_t)(len >> 8);
		out[lengths[i] - 1] = (uint8_t)len;
	}
	return n;
}

static inline enum outcome
feed_at(struct decoder *d, uint16_t linktype, int64_t ts_ns, struct slice data,
    size_t len)
{
	struct packet p = {
		.number = 7,
		.ts_ns = ts_ns,
		.len = (uint32_t)len,
		.linktype = linktype,
		.ts_digits = 6,
		.data = data,
	};

	return decode_packet(d, &p);
}

/* Decodes data, of a frame of len bytes, by a decoder of its own. */
static inline enum outcome
decode_once(struct seen *seen, uint16_t linktype, struct slice data, size_t len)
{
	struct decoder *d = decoder_new(seen_segment, seen);

	seen->n = 0;

	enum outcome o = feed_at(d, linktype, 1, data, len);

	decoder_free(d);
	return o;
}

static inline enum outcome
decode_text(struct seen *seen, uint16_t linktype, const char *text)
{
	uint8_t frame[FRAME_MAX];
	size_t n = frame_of(frame, text);

	return decode_once(seen, linktype, (struct slice){ frame, n }, n);
}

/* A frame that holds TCP4 (family 4) or TCP6 at its end. */
struct sample {
	const char *name;
	uint16_t linktype;
	uint8_t family;
	const char *text;
};

static inline void
check_segment(const struct segment *s, uint8_t family)
{
	static const uint8_t v4[16] = { 10, 0, 0, 1 };
	static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };

	assert_int_equal(s->src.family, family);
	assert_int_equal(s->dst.family, family);
	assert_memory_equal(s->src.addr, family == 4 ? v4 : v6, 16);
	assert_int_equal(s->src.port, 40000);
	assert_int_equal(s->dst.port, 80);
	assert_int_equal(s->seq, 100);
	assert_int_equal(s->ack, 200);
	assert_int_equal(s->flags, TCP_PSH | TCP_ACK);
	assert_int_equal(s->window, 4096);
	assert_int_equal(s->payload_len, 4);
	assert_int_equal(s->packet, 7);
}

/* Every shorter capture of the frame gives no segment, or one whose captured
 * payload is what was captured of it; every shorter frame does no harm. */
static inline void
check_cuts(const struct sample *sample, const uint8_t *frame, size_t n)
{
	struct guard g = guard_new(FRAME_MAX);
	struct seen seen;

	for (size_t k = 0; k < n; k++) {
		struct slice cut = guard_put(&g, frame, k);
		enum outcome o = decode_once(&seen, sample->linktype, cut, n);

		assert_int_equal(seen.n > 0, o == DECODE_TCP);
		if (seen.n > 0) {
			check_segment(&seen.s[0], sample->family);
			assert_int_equal(seen.s[0].payload.n,
			    k > n - 4 ? k - (n - 4) : 0);
			assert_int_equal(seen.s[0].checksum, CHECKSUM_UNKNOWN);
		}
		if (k >= n - 4)
			assert_int_equal(o, DECODE_TCP);
		decode_once(&seen, sample->linktype, cut, k);
	}
	guard_free(&g);
}

static inline void
check_samples(const struct sample *samples, size_t count)
{
	uint8_t frame[FRAME_MAX];
	struct seen seen;

	for (size_t i = 0; i < count; i++) {
		size_t n = frame_of(frame, samples[i].text);
		enum outcome o = decode_once(&seen, samples[i].linktype,
		    (struct slice){ frame, n }, n);

		if (o != DECODE_TCP || seen.n != 1)
			fail_msg("%s: %s, %zu segments", samples[i].name,
			    outcome_name(o), seen.n);
		if (seen.s[0].payload.n != 4 || seen.s[0].payload_len != 4)
			fail_msg("%s: %zu bytes of %u", samples[i].name,
			    seen.s[0].payload.n,
			    (unsigned)seen.s[0].payload_len);
		check_segment(&seen.s[0], samples[i].family);
		assert_memory_equal(seen.payload[0], "data", 4);
		if (seen.s[0].checksum != CHECKSUM_GOOD)
			fail_msg("%s: checksum", samples[i].name);
		check_cuts(&samples[i], frame, n);
	}
}

/* Frames that hold no segment, and why. */
struct refusal {
	const char *name;
	uint16_t linktype;
	enum outcome outcome;
	const char *text;
};

static inline void
check_refusals(const struct refusal *rows, size_t count)
{
	struct seen seen;

	for (size_t i = 0; i < count; i++) {
		enum outcome o =
		    decode_text(&seen, rows[i].linktype, rows[i].text);

		if (o != rows[i].outcome || (o != DECODE_TCP && seen.n > 0))
			fail_msg("%s: %s", rows[i].name, outcome_name(o));
	}
}

#endif
