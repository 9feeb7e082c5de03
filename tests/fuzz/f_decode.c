/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_decode.c: any bytes as a frame.
 *
 * The first two bytes are the link type, big-endian, the rest is the frame.
 * It is decoded whole, cut in the middle, and again, by one decoder, so that
 * fragments meet their copies.
 */
#include <stdint.h>
#include <stdlib.h>

#include "decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
segment(void *arg, const struct segment *s)
{
	volatile uint8_t *sum = arg;

	require(s->payload.n <= s->payload_len);
	require(s->src.family == 4 || s->src.family == 6);
	require(s->src.family == s->dst.family);
	require(s->checksum <= CHECKSUM_BAD);
	require(s->packet == 7);
	for (size_t i = 0; i < s->payload.n; i++)
		*sum = (uint8_t)(*sum + s->payload.p[i]);
}

static void
datagram(void *arg, const struct datagram *d)
{
	volatile uint8_t *sum = arg;

	require(d->payload.n <= d->payload_len);
	require(d->src.family == 4 || d->src.family == 6);
	require(d->src.family == d->dst.family);
	require(d->packet == 7);
	for (size_t i = 0; i < d->payload.n; i++)
		*sum = (uint8_t)(*sum + d->payload.p[i]);
}

static void
frame(struct decoder *d, uint16_t linktype, const uint8_t *data, size_t n,
    size_t len)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	require(copy != NULL);
	for (size_t i = 0; i < n; i++)
		copy[i] = data[i];

	struct packet p = {
		.number = 7,
		.ts_ns = 1,
		.len = (uint32_t)len,
		.linktype = linktype,
		.ts_digits = 6,
		.data = { copy, n },
	};

	require(decode_packet(d, &p) < DECODE_OUTCOMES);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	volatile uint8_t sum = 0;

	if (size < 2)
		return 0;

	struct decoder *d = decoder_new(segment, (void *)(uintptr_t)&sum);
	uint16_t linktype = get_be16(data);

	decoder_on_datagram(d, datagram, (void *)(uintptr_t)&sum);
	data += 2;
	size -= 2;
	frame(d, linktype, data, size, size);
	frame(d, linktype, data, size / 2, size);
	frame(d, linktype, data, size, size + size / 2);
	decoder_free(d);
	return 0;
}
