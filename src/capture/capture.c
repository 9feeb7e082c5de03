/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* capture.c: recognizes compression and file format, and reads packet after
 * packet; a new file format is a row of formats[]. */
#include "capture/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "capture/decompress.h"
#include "capture/foreign.h"
#include "capture/read_ahead.h"
#include "capture/reader.h"

struct capture {
	struct reader reader;
	const struct reader_format *format; /* NULL before it is known */
	enum capture_status status;	    /* CAPTURE_PACKET: goes on */
	struct source raw;		    /* the file */
	struct source packed;		    /* what was compressed in it */
	struct source plain;		    /* the same, as it is read */
	struct decompress *decompress;	    /* owned; NULL: raw is plain */
	struct read_ahead *ahead;	    /* owned; or NULL */
	struct capture_limits limits;
	bool wants_ahead;
	const struct compression *compression;
};

static const struct reader_format *const formats[] = {
	&pcap_format,
	&pcapng_format,
};

static struct capture *
capture_new(void)
{
	struct capture *c = xcalloc(1, sizeof(*c));

	c->status = CAPTURE_PACKET;
	c->reader.format = "unknown";
	source_init_mem(&c->packed, (struct slice){ 0 });
	source_init_mem(&c->plain, (struct slice){ 0 });
	return c;
}

struct capture *
capture_new_fd(int fd)
{
	struct capture *c = capture_new();

	source_init_fd(&c->raw, fd);
	return c;
}

struct capture *
capture_new_mem(struct slice bytes)
{
	struct capture *c = capture_new();

	source_init_mem(&c->raw, bytes);
	return c;
}

static void
forget_early_secrets(struct reader *r)
{
	if (r->early_secrets.n > 0)
		explicit_bzero(r->early_secrets.p, r->early_secrets.n);
	buf_free(&r->early_secrets);
}

void
capture_free(struct capture *c)
{
	if (c == NULL)
		return;
	if (c->format != NULL)
		c->format->end(&c->reader);
	forget_early_secrets(&c->reader);
	source_fini(&c->plain);
	read_ahead_free(c->ahead);
	source_fini(&c->packed);
	decompress_free(c->decompress);
	source_fini(&c->raw);
	free(c);
}

void
capture_limit(struct capture *c, const struct capture_limits *limits)
{
	c->limits = *limits;
}

void
capture_on_wait(struct capture *c, capture_wait *wait, void *arg)
{
	struct source *s = c->ahead != NULL ? &c->plain : &c->raw;

	s->wait = wait;
	s->wait_arg = arg;
}

void
capture_read_ahead(struct capture *c)
{
	c->wants_ahead = true;
}

void
capture_on_moving(struct capture *c, capture_moving *moving, void *arg)
{
	c->reader.in->moving = moving;
	c->reader.in->moving_arg = arg;
}

bool
capture_may_have_secrets(const struct capture *c)
{
	return c->format != NULL && c->format->scan != NULL &&
	    !c->reader.secrets_seen;
}

void
capture_on_secrets(struct capture *c, capture_secrets *secrets, void *arg)
{
	struct reader *r = &c->reader;

	r->secrets = secrets;
	r->secrets_arg = arg;
	if (c->format != NULL && c->format->scan != NULL)
		c->format->scan(r);
	if (!r->secrets_seen && r->early_secrets.n > 0)
		secrets(arg,
		    (struct slice){ r->early_secrets.p, r->early_secrets.n });
	forget_early_secrets(r);
}

/* As many of the first bytes as there are, at most CAPTURE_MAGIC_LEN. */
static struct slice
peek(struct source *s)
{
	struct slice head = { source_need(s, CAPTURE_MAGIC_LEN),
		CAPTURE_MAGIC_LEN };

	if (head.p == NULL)
		head = (struct slice){ s->pos, source_left(s) };
	return head;
}

static const struct reader_format *
format_of(struct slice head)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i]->matches(head))
			return formats[i];
	return NULL;
}

/* Says what the file is instead of a capture. */
static enum capture_status
not_one(struct capture *c, struct slice head)
{
	const struct source *in = c->reader.in;
	char *to = c->reader.message;
	size_t size = sizeof(c->reader.message);

	if (head.n < 4 && in->state != CAPTURE_END) {
		snprintf(to, size, "%s", in->why);
		return in->state;
	}
	if (head.p == NULL || head.n == 0) {
		snprintf(to, size, "empty file");
		return CAPTURE_NOT_ONE;
	}
	if (c->decompress != NULL && compression_of(head) != NULL) {
		snprintf(to, size,
		    "no capture file: compressed more than once");
		return CAPTURE_NOT_ONE;
	}
	const char *foreign = foreign_format(head);

	if (foreign != NULL) {
		snprintf(to, size,
		    "a capture in the format of %s, which is not read; "
		    "`editcap -F pcapng FILE NEW' makes one that is",
		    foreign);
		return CAPTURE_NOT_ONE;
	}
	int n = snprintf(to, size, "no capture file: begins with");

	for (size_t i = 0; i < head.n && i < 4; i++)
		n += snprintf(to + n, size - (size_t)n, " %02x", head.p[i]);
	return CAPTURE_NOT_ONE;
}

static enum capture_status
capture_begin(struct capture *c)
{
	struct slice head = peek(&c->raw);

	c->reader.in = &c->raw;
	c->compression = compression_of(head);
	if (c->compression != NULL) {
		c->decompress = decompress_new(c->compression, &c->raw,
		    &c->packed, &c->limits);
		if (c->wants_ahead)
			c->ahead =
			    read_ahead_new(&c->packed, &c->raw, &c->plain);
		c->reader.in = c->ahead != NULL ? &c->plain : &c->packed;
		head = peek(c->reader.in);
	}
	c->format = format_of(head);
	if (c->format == NULL)
		return not_one(c, head);
	return c->format->begin(&c->reader);
}

enum capture_status
capture_next(struct capture *c, struct packet *p)
{
	if (c->format == NULL && c->status == CAPTURE_PACKET)
		c->status = capture_begin(c);
	if (c->status == CAPTURE_PACKET)
		c->status = c->format->next(&c->reader, p);
	return c->status;
}

const char *
capture_message(const struct capture *c)
{
	return c->reader.message;
}

bool
capture_is_known(const struct capture *c)
{
	return c->format != NULL;
}

const char *
capture_format(const struct capture *c)
{
	return c->reader.format;
}

const char *
capture_compression(const struct capture *c)
{
	return compression_name(c->compression);
}

uint64_t
capture_bytes_in(const struct capture *c)
{
	return c->ahead != NULL ? read_ahead_bytes_in(c->ahead) : c->raw.total;
}

bool
capture_magic(struct slice head)
{
	return format_of(head) != NULL || compression_of(head) != NULL;
}
