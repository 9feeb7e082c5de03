/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * pcapng_secrets.c: the key logs in a pcapng file (Decryption Secrets Blocks,
 * draft-ietf-opsawg-pcapng, 4.7), wherever they stand.
 *
 * Where the file can be read twice, one pass over the headers of its blocks
 * finds them before packets are used.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "capture/reader.h"

/* "TLSK" */
#define SECRETS_TLS 0x544c534b
#define SECRETS_HEADER 8

void
pcapng_secrets_block(struct reader *r, struct slice body)
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

	if (pcapng_block_head(r, &b) != CAPTURE_PACKET)
		return false;
	if (b.type == PCAPNG_SECRETS && b.len <= READER_RECORD_MAX) {
		h = source_need(&x->in, b.len);
		if (h == NULL)
			return false;
		pcapng_secrets_block(r,
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
	bool big = r->pcapng.big;
	char message[CAPTURE_MESSAGE_LEN];

	if (x.next < 0)
		return;
	memcpy(message, r->message, sizeof message);
	source_init_read(&x.in, scan_read, &x);
	r->in = &x.in;
	while (scan_block(r, &x))
		continue;
	r->in = x.file;
	source_fini(&x.in);
	memcpy(r->message, message, sizeof message);
	r->pcapng.big = big;
	r->secrets_seen = true;
}
