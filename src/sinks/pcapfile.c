/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* pcapfile.c: the pcap file format (draft-ietf-opsawg-pcap) and of pcapng
 * (draft-ietf-opsawg-pcapng) one section with enhanced packet blocks. */
#include "sinks/pcapfile.h"

#define PCAP_MICRO 0xa1b2c3d4
#define PCAP_NANO 0xa1b23c4d

#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET 6
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define OPTION_TSRESOL 9

#define SECTION_LEN 28
#define INTERFACE_LEN 32
#define PACKET_LEN 32 /* without its bytes */

#define NS INT64_C(1000000000)

static bool
is_ng(const struct pcapfile *f)
{
	return f->n_linktypes > 1;
}

static void
put_file_header(struct buf *b, const struct pcapfile *f)
{
	buf_le(b, f->nano ? PCAP_NANO : PCAP_MICRO, 4);
	buf_le(b, 2, 2);
	buf_le(b, 4, 2);
	buf_le(b, 0, 8);
	buf_le(b, f->snaplen, 4);
	buf_le(b, f->linktypes[0], 4);
}

static void
put_section(struct buf *b)
{
	buf_le(b, BLOCK_SECTION, 4);
	buf_le(b, SECTION_LEN, 4);
	buf_le(b, BYTE_ORDER_MAGIC, 4);
	buf_le(b, 1, 2);
	buf_le(b, 0, 2);
	buf_le(b, UINT64_MAX, 8); /* its length is not given */
	buf_le(b, SECTION_LEN, 4);
}

static void
put_interface(struct buf *b, const struct pcapfile *f, uint16_t linktype)
{
	buf_le(b, BLOCK_INTERFACE, 4);
	buf_le(b, INTERFACE_LEN, 4);
	buf_le(b, linktype, 2);
	buf_le(b, 0, 2);
	buf_le(b, f->snaplen, 4);
	buf_le(b, OPTION_TSRESOL, 2);
	buf_le(b, 1, 2);
	buf_le(b, f->nano ? 9 : 6, 4);
	buf_le(b, 0, 4); /* end of the options */
	buf_le(b, INTERFACE_LEN, 4);
}

void
pcapfile_begin(struct buf *b, const struct pcapfile *f)
{
	if (!is_ng(f)) {
		put_file_header(b, f);
		return;
	}
	put_section(b);
	for (size_t i = 0; i < f->n_linktypes; i++)
		put_interface(b, f, f->linktypes[i]);
}

static bool
put_pcap_time(struct buf *b, const struct pcapfile *f, int64_t ts_ns)
{
	int64_t last = (int64_t)UINT32_MAX * NS + NS - 1;
	int64_t ts = ts_ns < 0 ? 0 : ts_ns > last ? last : ts_ns;

	buf_le(b, (uint64_t)(ts / NS), 4);
	buf_le(b, (uint64_t)(ts % NS) / (f->nano ? 1 : 1000), 4);
	return ts == ts_ns;
}

static bool
put_ng_time(struct buf *b, const struct pcapfile *f, int64_t ts_ns)
{
	uint64_t ticks = ts_ns < 0 ? 0 : (uint64_t)ts_ns;

	ticks /= f->nano ? 1 : 1000;
	buf_le(b, ticks >> 32, 4);
	buf_le(b, ticks & UINT32_MAX, 4);
	return ts_ns >= 0;
}

bool
pcapfile_record(struct buf *b, const struct pcapfile *f,
    const struct pcapfile_record *r, struct slice frame)
{
	/* Blocks are multiples of four bytes. */
	size_t padding = -frame.n & 3;
	size_t block_len = PACKET_LEN + frame.n + padding;
	bool ok;

	if (is_ng(f)) {
		buf_le(b, BLOCK_PACKET, 4);
		buf_le(b, block_len, 4);
		buf_le(b, r->link, 4);
		ok = put_ng_time(b, f, r->ts_ns);
	} else {
		ok = put_pcap_time(b, f, r->ts_ns);
	}
	buf_le(b, frame.n, 4);
	buf_le(b, r->len, 4);
	buf_put(b, frame.p, frame.n);
	if (is_ng(f)) {
		buf_le(b, 0, (int)padding);
		buf_le(b, block_len, 4);
	}
	return ok;
}
