/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * mkpcap_file.c: frames to capture files, in either byte order.
 */
#include "tools/mkpcap.h"

#include <stdlib.h>
#include <string.h>

static void
put(struct bytes *b, const struct capfile *c, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t shift = 8 * (c->big ? n - 1 - i : i);
		uint8_t octet = (uint8_t)(v >> shift);
		bytes_add(b, &octet, 1);
	}
}

static void
flush(struct bytes *b, const struct capfile *c)
{
	if (fwrite(b->at, 1, b->len, c->out) != b->len) {
		perror("mkpcap: write");
		exit(1);
	}
	bytes_free(b);
}

static void
pcap_header(struct capfile *c, int link)
{
	struct bytes b = { 0 };
	uint32_t magic = c->nano ? 0xa1b23c4d : 0xa1b2c3d4;
	if (c->format == FILE_MODIFIED)
		magic = 0xa1b2cd34;
	put(&b, c, magic, 4);
	put(&b, c, 2, 2);
	put(&b, c, 4, 2);
	put(&b, c, 0, 4);
	put(&b, c, 0, 4);
	put(&b, c, 262144, 4);
	put(&b, c, (uint64_t)link, 4);
	flush(&b, c);
}

static void
ng_section(struct capfile *c)
{
	struct bytes b = { 0 };
	put(&b, c, 0x0a0d0d0a, 4);
	put(&b, c, 28, 4);
	put(&b, c, 0x1a2b3c4d, 4);
	put(&b, c, 1, 2);
	put(&b, c, 0, 2);
	put(&b, c, UINT64_MAX, 8);
	put(&b, c, 28, 4);
	flush(&b, c);
}

static void
ng_interface(struct capfile *c, int link)
{
	struct bytes b = { 0 };
	put(&b, c, 1, 4);
	put(&b, c, 32, 4);
	put(&b, c, (uint64_t)link, 2);
	put(&b, c, 0, 2);
	put(&b, c, 262144, 4);
	put(&b, c, 9, 2);
	put(&b, c, 1, 2);
	put(&b, c, c->nano ? 9 : 6, 1);
	put(&b, c, 0, 3);
	put(&b, c, 0, 4);
	put(&b, c, 32, 4);
	flush(&b, c);
}

static bool
interface_of(struct capfile *c, int link, size_t *at)
{
	for (*at = 0; *at < c->n_links; ++*at)
		if (c->links[*at] == link)
			return true;
	if (c->n_links == CAPFILE_LINKS)
		return false;
	if (c->format != FILE_PCAPNG && c->n_links > 0)
		return false;
	c->links[c->n_links++] = link;
	if (c->format == FILE_PCAPNG)
		ng_interface(c, link);
	return true;
}

void
capfile_begin(struct capfile *c, int link)
{
	if (c->begun)
		return;
	c->begun = true;
	if (c->format == FILE_PCAPNG)
		ng_section(c);
	else
		pcap_header(c, link);
}

static void
ng_packet(struct capfile *c, const struct frame *f, int64_t ts_ns, size_t at)
{
	struct bytes b = { 0 };
	size_t padded = (f->cap + 3) / 4 * 4;
	uint64_t stamp = (uint64_t)(c->nano ? ts_ns : ts_ns / 1000);
	put(&b, c, 6, 4);
	put(&b, c, 32 + padded, 4);
	put(&b, c, at, 4);
	put(&b, c, stamp >> 32, 4);
	put(&b, c, stamp & 0xffffffff, 4);
	put(&b, c, f->cap, 4);
	put(&b, c, f->len, 4);
	bytes_add(&b, f->at, f->cap);
	put(&b, c, 0, padded - f->cap);
	put(&b, c, 32 + padded, 4);
	flush(&b, c);
}

static void
pcap_packet(struct capfile *c, const struct frame *f, int64_t ts_ns)
{
	struct bytes b = { 0 };
	int64_t part = ts_ns % 1000000000;
	put(&b, c, (uint64_t)(ts_ns / 1000000000), 4);
	put(&b, c, (uint64_t)(c->nano ? part : part / 1000), 4);
	put(&b, c, f->cap, 4);
	put(&b, c, f->len, 4);
	if (c->format == FILE_MODIFIED) {
		put(&b, c, 1, 4);
		put(&b, c, 0x0800, 2);
		put(&b, c, 0, 2);
	}
	bytes_add(&b, f->at, f->cap);
	flush(&b, c);
}

bool
capfile_write(struct capfile *c, const struct frame *f, int64_t ts_ns)
{
	size_t at;
	capfile_begin(c, f->link);
	if (!interface_of(c, f->link, &at))
		return false;
	if (c->format == FILE_PCAPNG)
		ng_packet(c, f, ts_ns, at);
	else
		pcap_packet(c, f, ts_ns);
	return true;
}
