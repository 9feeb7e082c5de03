/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * pcapng.c: the pcapng file format (draft-ietf-opsawg-pcapng).
 *
 * A block is its type, its length, a body and its length again.  Blocks that
 * carry no packet, describe no interface and hold no secrets are passed over.
 *
 * Secrets count wherever they stand: where the file can be read twice, one pass
 * over the headers of its blocks finds them before packets are used.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/xalloc.h"
#include "capture/reader.h"

/* "TLSK" */
#define SECRETS_TLS 0x544c534b
#define SECRETS_HEADER 8
#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET_OBSOLETE 2
#define BLOCK_PACKET_SIMPLE 3
#define BLOCK_PACKET_ENHANCED 6

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define OPTION_END 0
#define OPTION_TSRESOL 9
#define OPTION_TSOFFSET 14
/* They stay in memory, so a file does not decide how many. */
#define INTERFACES_MAX 65536

#define NS_PER_SECOND UINT64_C(1000000000)

static bool
pcapng_matches(struct slice head)
{
	if (head.n < 4 || get_be32(head.p) != BLOCK_SECTION)
		return false;
	return head.n < 12 || get_be32(head.p + 8) == BYTE_ORDER_MAGIC ||
	    get_le32(head.p + 8) == BYTE_ORDER_MAGIC;
}

static enum capture_status
pcapng_begin(struct reader *r)
{
	r->format = "pcapng";
	r->pcapng = (struct pcapng_state){ 0 };
	return CAPTURE_PACKET;
}

static void
pcapng_end(struct reader *r)
{
	free(r->pcapng.interfaces);
	r->pcapng.interfaces = NULL;
}

/* 10^n, or 0 when that does not fit. */
static uint64_t
power_of_ten(unsigned n)
{
	uint64_t x = 1;

	if (n > 19)
		return 0;
	while (n-- > 0)
		x *= 10;
	return x;
}

/* The option's octet: a negative power of ten or, with its top bit, of two. */
static void
set_resolution(struct pcapng_interface *f, uint8_t resolution)
{
	unsigned n = resolution & 0x7f;

	f->div = 1;
	f->shift = 0;
	if (resolution & 0x80) {
		f->mul = NS_PER_SECOND;
		f->shift = (uint8_t)n;
		f->digits = n < 20 ? 6 : 9; /* 2^19 < 10^6 < 2^20 */
		return;
	}
	f->digits = n <= 6 ? 6 : 9;
	if (n <= 9) {
		f->mul = power_of_ten(9 - n);
		return;
	}
	f->div = power_of_ten(n - 9);
	f->mul = f->div > 0 ? 1 : 0;
	if (f->div == 0)
		f->div = 1;
}

/* Nanoseconds since 1970, exact, or the nearest that fits.  The product is
 * below 2^94 and the sum below 2^95, so nothing overflows before the end. */
static int64_t
interface_time(const struct pcapng_interface *f, uint64_t ticks)
{
	__int128 t =
	    ((__int128)(ticks / f->div) * (__int128)f->mul) >> f->shift;

	t += (__int128)f->base * (__int128)NS_PER_SECOND;
	if (t > INT64_MAX)
		return INT64_MAX;
	if (t < INT64_MIN)
		return INT64_MIN;
	return (int64_t)t;
}

static void
interface_option(struct pcapng_interface *f, unsigned code, struct slice value,
    bool big)
{
	if (code == OPTION_TSRESOL && value.n == 1)
		set_resolution(f, value.p[0]);
	if (code == OPTION_TSOFFSET && value.n == 8) {
		uint64_t high = get_u32(value.p + (big ? 0 : 4), big);

		f->base = (int64_t)(high << 32 |
		    get_u32(value.p + (big ? 4 : 0), big));
	}
}

/* An option that does not fit its block ends the list. */
static void
interface_options(struct pcapng_interface *f, struct cur c, bool big)
{
	struct slice head, value;

	while (cur_take(&c, 4, &head)) {
		unsigned code = get_u16(head.p, big);
		size_t n = get_u16(head.p + 2, big);

		if (code == OPTION_END || !cur_take(&c, n, &value))
			return;
		interface_option(f, code, value, big);
		if (!cur_skip(&c, -n & 3))
			return;
	}
}

static enum capture_status
add_interface(struct reader *r, const struct pcapng_block *b)
{
	struct pcapng_state *s = &r->pcapng;
	struct pcapng_interface *f;

	if (b->body.n < 8)
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "interface block of only %u bytes", b->len);
	if (s->n == INTERFACES_MAX)
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "more than %d interfaces", INTERFACES_MAX);
	if (s->n == s->cap) {
		s->cap = s->cap > 0 ? s->cap * 2 : 4;
		s->interfaces = xreallocarray(s->interfaces, s->cap,
		    sizeof(*s->interfaces));
	}
	f = &s->interfaces[s->n++];
	*f = (struct pcapng_interface){
		.linktype = get_u16(b->body.p, s->big),
		.snaplen = get_u32(b->body.p + 4, s->big),
	};
	set_resolution(f, 6);
	interface_options(f, cur_of(b->body.p + 8, b->body.n - 8), s->big);
	return CAPTURE_PACKET;
}

static enum capture_status
begin_section(struct reader *r, const struct pcapng_block *b)
{
	if (b->body.n < 16)
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "section block of only %u bytes", b->len);
	if (get_u16(b->body.p + 4, r->pcapng.big) != 1)
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "section of the unknown version %u",
		    get_u16(b->body.p + 4, r->pcapng.big));
	r->pcapng.n = 0;
	return CAPTURE_PACKET;
}

/* NULL, with the message set, when the packet's section has no such one. */
static const struct pcapng_interface *
interface_of(struct reader *r, const struct pcapng_block *b, uint32_t id)
{
	if (id < r->pcapng.n)
		return &r->pcapng.interfaces[id];
	(void)reader_fail(r, CAPTURE_CORRUPT, b->offset,
	    "interface %u is not described", id);
	return NULL;
}

/* Enhanced and obsolete packet blocks differ in their first word only. */
static enum capture_status
packet(struct reader *r, const struct pcapng_block *b, struct packet *p)
{
	const struct pcapng_interface *f;
	const uint8_t *h = b->body.p;
	bool big = r->pcapng.big;
	uint32_t id, caplen;

	if (b->body.n < 20)
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "packet block of only %u bytes", b->len);
	id = b->type == BLOCK_PACKET_ENHANCED ? get_u32(h, big) :
						get_u16(h, big);
	f = interface_of(r, b, id);
	if (f == NULL)
		return CAPTURE_CORRUPT;
	caplen = get_u32(h + 12, big);
	if (caplen > b->body.n - 20)
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "packet of %u bytes in a block of %u", caplen, b->len);
	*p = (struct packet){
		.offset = b->offset,
		.ts_ns = interface_time(f,
		    (uint64_t)get_u32(h + 4, big) << 32 | get_u32(h + 8, big)),
		.interface = id,
		.linktype = f->linktype,
		.ts_digits = f->digits,
		.data = { h + 20, caplen },
	};
	reader_finish(r, p, get_u32(h + 16, big));
	return CAPTURE_PACKET;
}

/* Has no time; belongs to the first interface, whose snap length cuts it. */
static enum capture_status
simple_packet(struct reader *r, const struct pcapng_block *b, struct packet *p)
{
	const struct pcapng_interface *f;
	size_t n;
	uint32_t len;

	if (b->body.n < 4)
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "packet block of only %u bytes", b->len);
	f = interface_of(r, b, 0);
	if (f == NULL)
		return CAPTURE_CORRUPT;
	len = get_u32(b->body.p, r->pcapng.big);
	n = b->body.n - 4;
	if (n > len)
		n = len;
	if (f->snaplen > 0 && n > f->snaplen)
		n = f->snaplen;
	*p = (struct packet){
		.offset = b->offset,
		.linktype = f->linktype,
		.ts_digits = 6,
		.data = { b->body.p + 4, n },
	};
	reader_finish(r, p, len);
	return CAPTURE_PACKET;
}

static bool
is_wanted_block(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE ||
	    type == BLOCK_PACKET_OBSOLETE || type == BLOCK_PACKET_SIMPLE ||
	    type == BLOCK_PACKET_ENHANCED;
}

/* Reads type and length of a block, and with a section block the byte order of
 * all that follows; CAPTURE_PACKET when it may be one. */
static enum capture_status
read_block_head(struct reader *r, struct pcapng_block *b)
{
	struct source *in = r->in;
	size_t want = 8;
	const uint8_t *h = source_need(in, want);

	b->offset = source_offset(in);
	if (h != NULL && get_be32(h) == BLOCK_SECTION) {
		want = 12;
		h = source_need(in, want);
	}
	if (h == NULL)
		return reader_ended(r, b->offset, want);
	if (want == 12) {
		r->pcapng.big = get_be32(h + 8) == BYTE_ORDER_MAGIC;
		if (!r->pcapng.big && get_le32(h + 8) != BYTE_ORDER_MAGIC)
			return reader_fail(r, CAPTURE_CORRUPT, b->offset,
			    "section without a byte order");
	}
	b->type = get_u32(h, r->pcapng.big);
	b->len = get_u32(h + 4, r->pcapng.big);
	if (b->len < PCAPNG_OVERHEAD || b->len % 4 != 0)
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "block claims the impossible length %u", b->len);
	if (b->len > READER_RECORD_MAX && is_wanted_block(b->type))
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "block claims %u bytes; the rest is not read", b->len);
	return CAPTURE_PACKET;
}

/* Takes the rest of the block from the source. */
static enum capture_status
read_block_body(struct reader *r, struct pcapng_block *b)
{
	struct source *in = r->in;
	const uint8_t *h;
	size_t n = b->len;

	if (n > READER_RECORD_MAX) {
		if (!source_skip(in, n - 4))
			return reader_ended(r, b->offset, b->len);
		n = 4;
	}
	h = source_need(in, n);
	if (h == NULL)
		return reader_ended(r, b->offset, b->len);
	in->pos += n;
	if (get_u32(h + n - 4, r->pcapng.big) != b->len)
		return reader_fail(r, CAPTURE_CORRUPT, b->offset,
		    "block says %u bytes at its beginning, %u at its end",
		    b->len, get_u32(h + n - 4, r->pcapng.big));
	if (n >= PCAPNG_OVERHEAD)
		b->body = (struct slice){ h + 8, n - PCAPNG_OVERHEAD };
	return CAPTURE_PACKET;
}

/* Takes the body of a block of secrets. */
static void
take_secrets(struct reader *r, struct slice body)
{
	bool big = r->pcapng.big;
	size_t room, n;

	if (body.n < SECRETS_HEADER || r->secrets_seen ||
	    get_u32(body.p, big) != SECRETS_TLS)
		return;
	n = get_u32(body.p + 4, big);
	body =
	    (struct slice){ body.p + SECRETS_HEADER, body.n - SECRETS_HEADER };
	if (n > body.n)
		return;
	if (r->secrets != NULL) {
		r->secrets(r->secrets_arg, (struct slice){ body.p, n });
		return;
	}
	room = READER_RECORD_MAX - r->early_secrets.n;
	buf_put(&r->early_secrets, body.p, n < room ? n : room);
	buf_byte(&r->early_secrets, '\n');
}

static enum capture_status
pcapng_next(struct reader *r, struct packet *p)
{
	for (;;) {
		struct pcapng_block b = { 0 };
		enum capture_status status = read_block_head(r, &b);

		if (status == CAPTURE_PACKET)
			status = read_block_body(r, &b);
		if (status != CAPTURE_PACKET)
			return status;
		if (b.type == BLOCK_PACKET_ENHANCED ||
		    b.type == BLOCK_PACKET_OBSOLETE)
			return packet(r, &b, p);
		if (b.type == BLOCK_PACKET_SIMPLE)
			return simple_packet(r, &b, p);
		if (b.type == BLOCK_SECTION)
			status = begin_section(r, &b);
		else if (b.type == BLOCK_INTERFACE)
			status = add_interface(r, &b);
		else if (b.type == PCAPNG_SECRETS)
			take_secrets(r, b.body);
		if (status != CAPTURE_PACKET)
			return status;
	}
}

const struct reader_format pcapng_format = { pcapng_matches, pcapng_begin,
	pcapng_next, pcapng_end, pcapng_secrets_scan };

/* ---------------------------------------- secrets, wherever they stand */

/* The file once more, through a window that jumps over what lies between. */
struct secrets_scan {
	struct source in;
	struct source *file; /* what the packets are read from */
	off_t next;	     /* where the file is read next */
};

static size_t
scan_read(struct source *s, uint8_t *p, size_t n)
{
	struct secrets_scan *x = s->ctx;
	const struct source *file = x->file;
	ssize_t got = 0;

	if (file->wait == NULL || file->wait(file->wait_arg))
		got = sys_pread(file->fd, p, n, x->next);
	if (got <= 0) {
		source_stop(s, CAPTURE_END, "%s", "");
		return 0;
	}
	x->next += got;
	return (size_t)got;
}

static void
scan_skip(struct secrets_scan *x, uint32_t n)
{
	size_t left = source_left(&x->in);

	if (n > left) {
		x->next += (off_t)(n - left);
		x->in.total += n - left;
		n = (uint32_t)left;
	}
	x->in.pos += n;
}

/* Reads the head of a block, and what of it is needed; false where the file
 * ends or is none any more, which its packets will tell. */
static bool
scan_block(struct reader *r, struct secrets_scan *x)
{
	struct pcapng_block b = { 0 };
	const uint8_t *h;

	if (read_block_head(r, &b) != CAPTURE_PACKET)
		return false;
	if (b.type == PCAPNG_SECRETS && b.len <= READER_RECORD_MAX) {
		h = source_need(&x->in, b.len);
		if (h == NULL)
			return false;
		take_secrets(r,
		    (struct slice){ h + 8, b.len - PCAPNG_OVERHEAD });
	}
	scan_skip(x, b.len);
	return true;
}

/* Where the file, of which some was read, begins; -1: it cannot be read
 * again. */
static off_t
file_begin(const struct source *file)
{
	struct stat st;
	off_t at;

	if (file->fd < 0 || fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return -1;
	at = lseek(file->fd, 0, SEEK_CUR);
	return at < 0 ? -1 : at - (off_t)file->total;
}

void
pcapng_secrets_scan(struct reader *r)
{
	struct secrets_scan x = { .file = r->in, .next = file_begin(r->in) };
	struct reader scan = *r;

	if (x.next < 0)
		return;
	source_init_read(&x.in, scan_read, &x);
	scan.in = &x.in;
	while (scan_block(&scan, &x))
		continue;
	source_fini(&x.in);
	r->secrets_seen = true;
}
