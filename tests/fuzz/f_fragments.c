/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_fragments.c: any list of fragments, compared with a map of bytes.
 *
 * Eight bytes each: which datagram and flags, where (two bytes), how much (two
 * bytes), how much of it was captured (two bytes), what is in it.
 */
#include "lib/fragments.h"

#define FRAGMENTS_MAX 100
#define DATAGRAM_MAX 65535U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void
add(struct fragments *v, const uint8_t *p)
{
	struct fragment_spec s = {
		.which = p[0] % FRAGMENTS_KEYS,
		.more = (p[0] & 0x80) == 0,
		.off = get16(p + 1) & ~7U,
		.len = get16(p + 3),
		.fill = p[7],
	};

	if (p[0] & 0x40)
		s.len &= 0x3f;
	else if ((p[0] & 0x10) == 0)
		s.len &= 0x7ff;
	if (s.len > DATAGRAM_MAX - s.off)
		s.len = DATAGRAM_MAX - s.off;
	if (s.more)
		s.len &= ~7U;
	if (s.more && s.len == 0)
		return;
	s.have = s.len;
	if (p[0] & 0x20 && get16(p + 5) < s.len)
		s.have = get16(p + 5);
	fragments_add(v, &s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fragments *v = fragments_new();

	for (size_t i = 0; i + 8 <= size && i < 8 * FRAGMENTS_MAX; i += 8)
		add(v, data + i);
	fragments_free(v);
	return 0;
}
