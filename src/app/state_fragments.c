/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* state_fragments.c: frames, each behind its length in 4 bytes; behind the last
 * a length of 0. */
#include "app/state_fragments.h"

#include "base/buf.h"
#include "base/cur.h"
#include "flow/segment_log.h"

/* Longer than any frame that a capture has. */
#define FRAME_MAX ((uint32_t)1 << 30)

struct frame_writer {
	void (*write)(void *arg, const void *p, size_t n);
	void *arg;
};

static void
write_frame(void *arg, const struct packet *p)
{
	const struct frame_writer *w = arg;
	struct buf b = { 0 }, length = { 0 };

	segment_log_put_frame(&b, p);
	buf_be(&length, b.n, 4);
	w->write(w->arg, length.p, length.n);
	w->write(w->arg, b.p, b.n);
	buf_free(&length);
	buf_free(&b);
}

void
state_fragments_write(const struct decoder *d,
    void (*write)(void *arg, const void *p, size_t n), void *arg)
{
	struct frame_writer w = { write, arg };
	const uint8_t end[4] = { 0 };

	decoder_waiting(d, write_frame, &w);
	write(arg, end, sizeof(end));
}

bool
state_fragments_read(struct decoder *d,
    bool (*read)(void *arg, void *p, size_t n), void *arg)
{
	struct buf b = { 0 };
	uint8_t length[4];
	bool ok;
	uint32_t n;

	while ((ok = read(arg, length, sizeof(length)))) {
		struct packet p;
		struct cur c;

		n = get_be32(length);
		if (n == 0)
			break;
		ok = n <= FRAME_MAX;
		buf_reset(&b);
		ok = ok && read(arg, buf_room(&b, n), n);
		if (ok) {
			b.n += n;
			c = cur_of(b.p, n);
			ok = segment_log_get_frame(&c, &p) && cur_left(&c) == 0;
		}
		if (!ok)
			break;
		decode_packet(d, &p);
	}
	buf_free(&b);
	decoder_forget_counts(d);
	return ok;
}
