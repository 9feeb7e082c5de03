/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* copy.c: a pcapng file begins a new section when a link type comes that the
 * one before does not know. */
#include "verify/copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "sinks/pcapfile.h"

#define SNAPLEN 0x7fffffff
#define LINKS_MAX 256

struct copy {
	FILE *file;
	struct pcapfile head;
	uint16_t links[LINKS_MAX];
	size_t n;
	struct buf block;
	int error;
};

static void
put_block(struct copy *c)
{
	if (c->error == 0 &&
	    fwrite(c->block.p, 1, c->block.n, c->file) != c->block.n)
		c->error = errno;
	buf_reset(&c->block);
}

struct copy *
copy_new(const char *name, bool ng, uint16_t linktype)
{
	struct copy *c = xcalloc(1, sizeof(*c));

	c->file = fopen(name, "wxe");
	c->error = c->file == NULL ? errno : 0;
	c->links[0] = c->links[1] = linktype;
	/* Two make it pcapng. */
	c->n = ng ? 2 : 1;
	c->head = (struct pcapfile){ true, SNAPLEN, c->links, c->n };
	pcapfile_begin(&c->block, &c->head);
	put_block(c);
	return c;
}

void
copy_add(struct copy *c, const struct packet *p)
{
	struct pcapfile_record r = { p->ts_ns, p->len, 0 };

	while (r.link < c->n && c->links[r.link] != p->linktype)
		r.link++;
	if (r.link == LINKS_MAX)
		return;
	if (r.link == c->n) {
		c->links[c->n++] = p->linktype;
		c->head.n_linktypes = c->n;
		pcapfile_begin(&c->block, &c->head);
	}
	pcapfile_record(&c->block, &c->head, &r, p->data);
	put_block(c);
}

int
copy_close(struct copy *c)
{
	int error;

	if (c == NULL)
		return 0;
	if (c->file != NULL && fclose(c->file) != 0 && c->error == 0)
		c->error = errno;
	error = c->error;
	buf_free(&c->block);
	free(c);
	return error;
}
