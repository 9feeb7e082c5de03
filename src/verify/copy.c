/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* copy.c: pcap with nanoseconds, and pcapng, both in little-endian. */
#include "verify/copy.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"

#define PCAP_NS_MAGIC 0xa1b23c4d
#define SNAPLEN 0x7fffffff
#define NS_PER_S 1000000000
/* Link types of one capture; packets of more are left out. */
#define LINKS_MAX 64
#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET 6
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define OPTION_TSRESOL 9

struct link_file {
	uint16_t linktype;
	FILE *file; /* NULL: not wanted */
};

struct packet_copy {
	const char *dir;
	bool each;
	FILE *one; /* NULL: not wanted */
	struct link_file links[LINKS_MAX];
	size_t n_links;
	const char *one_name[2];
	const char *each_names[LINKS_MAX + 1];
	struct buf block;
	bool failed;
	int error;
};

static void
put_le(struct buf *b, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		buf_byte(b, (uint8_t)(v >> (8 * i)));
}

static void
fail(struct packet_copy *c)
{
	if (!c->failed)
		c->error = errno;
	c->failed = true;
}

static FILE *
create(struct packet_copy *c, const char *name)
{
	FILE *f = fopen(name, "wxe");

	if (f == NULL)
		fail(c);
	return f;
}

static void
write_block(struct packet_copy *c, FILE *f)
{
	if (f != NULL && fwrite(c->block.p, 1, c->block.n, f) != c->block.n)
		fail(c);
	buf_reset(&c->block);
}

/* What stands in the block becomes the body of a pcapng block. */
static void
write_ng(struct packet_copy *c, uint32_t type)
{
	struct buf whole = { 0 };

	while (c->block.n % 4 != 0)
		buf_byte(&c->block, 0);
	put_le(&whole, type, 4);
	put_le(&whole, c->block.n + 12, 4);
	buf_put(&whole, c->block.p, c->block.n);
	put_le(&whole, c->block.n + 12, 4);
	if (fwrite(whole.p, 1, whole.n, c->one) != whole.n)
		fail(c);
	buf_free(&whole);
	buf_reset(&c->block);
}

static void
begin_one(struct packet_copy *c)
{
	put_le(&c->block, BYTE_ORDER_MAGIC, 4);
	put_le(&c->block, 1, 2);
	put_le(&c->block, 0, 2);
	put_le(&c->block, UINT64_MAX, 8);
	write_ng(c, BLOCK_SECTION);
}

struct packet_copy *
packet_copy_new(const char *dir, bool one, bool each)
{
	struct packet_copy *c = xcalloc(1, sizeof(*c));

	c->dir = dir;
	c->each = each;
	if (one) {
		c->one_name[0] = xasprintf("%s/all.pcapng", dir);
		c->one = create(c, c->one_name[0]);
	}
	if (c->one != NULL)
		begin_one(c);
	return c;
}

static void
begin_link(struct packet_copy *c, uint16_t linktype)
{
	struct link_file *l = &c->links[c->n_links];

	*l = (struct link_file){ .linktype = linktype };
	if (c->each) {
		char *name = xasprintf("%s/link-%u.pcap", c->dir, linktype);

		c->each_names[c->n_links] = name;
		l->file = create(c, name);
	}
	c->n_links++;
	put_le(&c->block, PCAP_NS_MAGIC, 4);
	put_le(&c->block, 2, 2);
	put_le(&c->block, 4, 2);
	put_le(&c->block, 0, 8);
	put_le(&c->block, SNAPLEN, 4);
	put_le(&c->block, linktype, 4);
	write_block(c, l->file);
	if (c->one == NULL)
		return;
	put_le(&c->block, linktype, 2);
	put_le(&c->block, 0, 2);
	put_le(&c->block, SNAPLEN, 4);
	put_le(&c->block, OPTION_TSRESOL, 2);
	put_le(&c->block, 1, 2);
	put_le(&c->block, 9, 4);
	put_le(&c->block, 0, 4);
	write_ng(c, BLOCK_INTERFACE);
}

static size_t
link_of(struct packet_copy *c, uint16_t linktype)
{
	size_t i = 0;

	while (i < c->n_links && c->links[i].linktype != linktype)
		i++;
	if (i == c->n_links && i < LINKS_MAX)
		begin_link(c, linktype);
	return i;
}

void
packet_copy_add(struct packet_copy *c, const struct packet *p)
{
	size_t i = link_of(c, p->linktype);
	uint64_t ts = p->ts_ns > 0 ? (uint64_t)p->ts_ns : 0;

	if (i == LINKS_MAX || c->failed)
		return;
	if (c->links[i].file != NULL) {
		put_le(&c->block, ts / NS_PER_S, 4);
		put_le(&c->block, ts % NS_PER_S, 4);
		put_le(&c->block, p->data.n, 4);
		put_le(&c->block, p->len, 4);
		buf_put(&c->block, p->data.p, p->data.n);
		write_block(c, c->links[i].file);
	}
	if (c->one != NULL) {
		put_le(&c->block, i, 4);
		put_le(&c->block, ts >> 32, 4);
		put_le(&c->block, ts & UINT32_MAX, 4);
		put_le(&c->block, p->data.n, 4);
		put_le(&c->block, p->len, 4);
		buf_put(&c->block, p->data.p, p->data.n);
		write_ng(c, BLOCK_PACKET);
	}
}

static void
end_file(struct packet_copy *c, FILE **f)
{
	if (*f != NULL && fclose(*f) != 0)
		fail(c);
	*f = NULL;
}

bool
packet_copy_finish(struct packet_copy *c)
{
	end_file(c, &c->one);
	for (size_t i = 0; i < c->n_links; i++)
		end_file(c, &c->links[i].file);
	errno = c->error;
	return !c->failed;
}

const char *const *
packet_copy_one(const struct packet_copy *c)
{
	return c->one_name;
}

const char *const *
packet_copy_each(const struct packet_copy *c)
{
	return c->each_names;
}

void
packet_copy_free(struct packet_copy *c)
{
	if (c == NULL)
		return;
	packet_copy_finish(c);
	free((void *)(uintptr_t)c->one_name[0]);
	for (size_t i = 0; i < c->n_links; i++)
		free((void *)(uintptr_t)c->each_names[i]);
	buf_free(&c->block);
	free(c);
}
