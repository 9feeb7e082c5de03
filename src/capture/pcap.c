/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* pcap.c: the pcap file format and its two variants. */
#include <stdio.h>

#include "capture/reader.h"

#define FILE_HEADER_LEN 24

static const struct variant {
	uint32_t magic;
	struct pcap_state state;
} variants[] = {
	{ 0xa1b2c3d4, { .name = "pcap", .tick_ns = 1000, .header_len = 16 } },
	{ 0xa1b23c4d, { .name = "pcap-ns", .tick_ns = 1, .header_len = 16 } },
	{ 0xa1b2cd34,
	    { .name = "pcap-modified", .tick_ns = 1000, .header_len = 24 } },
};

/* NULL when the bytes begin no pcap file; *big is its byte order. */
static const struct pcap_state *
find_variant(struct slice head, bool *big)
{
	if (head.n < 4)
		return NULL;
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		*big = get_be32(head.p) == variants[i].magic;
		if (*big || get_le32(head.p) == variants[i].magic)
			return &variants[i].state;
	}
	return NULL;
}

static bool
pcap_matches(struct slice head)
{
	bool big;

	return find_variant(head, &big) != NULL;
}

/* AIX writes version 2.2, nanoseconds, and an ifType (RFC 1573) in place of
 * the link type; nobody else's files of that version have these numbers. */
static const struct {
	uint16_t if_type;
	uint16_t linktype;
} aix_types[] = {
	{ 6, 1 },   /* Ethernet */
	{ 7, 1 },   /* 802.3 */
	{ 9, 6 },   /* token ring */
	{ 15, 10 }, /* FDDI */
	{ 24, 0 },  /* loopback */
};

/* Up to version 2.2 a record had the length on the wire first; some that say
 * 2.3 still do, and so does 543.0 (DG/UX). */
static void
note_version(struct pcap_state *s, unsigned major, unsigned minor)
{
	s->lengths_vary = (major == 2 && minor <= 3) || major == 543;
	if (major != 2 || minor != 2 || s->header_len != 16)
		return;
	for (size_t i = 0; i < sizeof(aix_types) / sizeof(aix_types[0]); i++) {
		if (aix_types[i].if_type != s->linktype)
			continue;
		s->linktype = aix_types[i].linktype;
		s->tick_ns = 1;
		s->name = "pcap-aix";
		return;
	}
}

static enum capture_status
pcap_begin(struct reader *r)
{
	const uint8_t *h = source_need(r->in, FILE_HEADER_LEN);
	bool big;

	if (h == NULL)
		return reader_ended(r, 0, FILE_HEADER_LEN);
	r->pcap = *find_variant((struct slice){ h, FILE_HEADER_LEN }, &big);
	r->pcap.big = big;
	/* Its upper half tells of the frame check sequence. */
	r->pcap.linktype = (uint16_t)(get_u32(h + 20, big) & 0xffff);
	note_version(&r->pcap, get_u16(h + 4, big), get_u16(h + 6, big));
	r->format = r->pcap.name;
	r->in->pos += FILE_HEADER_LEN;
	return CAPTURE_PACKET;
}

static enum capture_status
pcap_next(struct reader *r, struct packet *p)
{
	struct source *in = r->in;
	size_t header_len = r->pcap.header_len;
	bool big = r->pcap.big;
	uint64_t offset = source_offset(in);
	const uint8_t *h = source_need(in, header_len);
	uint32_t caplen, len;

	if (h == NULL)
		return reader_ended(r, offset, header_len);
	caplen = get_u32(h + 8, big);
	len = get_u32(h + 12, big);
	/* What was captured is the smaller one. */
	if (r->pcap.lengths_vary && caplen > len) {
		caplen = len;
		len = get_u32(h + 8, big);
	}
	if (caplen > READER_RECORD_MAX)
		return reader_fail(r, CAPTURE_CORRUPT, offset,
		    "record claims %u bytes; the rest is not read", caplen);
	h = source_need(in, header_len + caplen);
	if (h == NULL)
		return reader_ended(r, offset, header_len + caplen);
	in->pos += header_len + caplen;
	*p = (struct packet){
		.offset = offset,
		.ts_ns = get_u32(h, big) * INT64_C(1000000000) +
		    (int64_t)get_u32(h + 4, big) * r->pcap.tick_ns,
		.linktype = r->pcap.linktype,
		.ts_digits = r->pcap.tick_ns == 1 ? 9 : 6,
		.data = { h + header_len, caplen },
	};
	reader_finish(r, p, len);
	return CAPTURE_PACKET;
}

static void
pcap_end(struct reader *r)
{
	(void)r;
}

const struct reader_format pcap_format = { pcap_matches, pcap_begin, pcap_next,
	pcap_end, NULL };
