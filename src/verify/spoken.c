/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* spoken.c: text of records, in turn, and how much of it a peer has. */
#include "verify/spoken.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/xalloc.h"
#include "proto/tls_keylog.h"
#include "verify/starter.h"

/* Text at an offset, and how much of it the peer has, from the front on. */
struct spoken_piece {
	int64_t off;
	size_t len;
	size_t got;
	int64_t packet;
	struct spill_block *bytes;
};

/* Of a direction. */
struct spoken_side {
	struct spoken_piece *v; /* by offset */
	size_t n;
	size_t cap;
	size_t next; /* the piece that the peer's next record is to begin in */
	bool some;   /* the peer has something of it */
	struct finding more;
};

struct spoken {
	struct spill *spill;
	struct tls_opener *opener; /* NULL behind the end */
	bool hole;		   /* of the wire */
	int client;		   /* as struct tls_opened has it */
	enum tls_early early;
	struct spoken_side side[2];
	struct buf room;
};

/* -- ours ---------------------------------------------------------------- */

/* What is in the clear no peer shows. */
static void
take_text(void *owner, const struct chunk *c)
{
	struct spoken *s = owner;
	struct spoken_side *side = &s->side[c->dir];

	if (!tls_opener_facts(s->opener)->seen)
		return;
	side->v = room_for_one(side->v, side->n, &side->cap, sizeof(*side->v));
	side->v[side->n++] = (struct spoken_piece){ .off = (int64_t)c->off,
		.len = c->bytes.n,
		.packet = (int64_t)c->packet,
		.bytes = spill_put(s->spill, c->bytes) };
}

static void
pass_text_gap(void *owner, int dir, const struct gap *g)
{
	(void)owner;
	(void)dir;
	(void)g;
}

struct spoken *
spoken_new(const struct tls_secrets *secrets, bool grows, bool midstream,
    struct spill *spill)
{
	static const struct tls_opener_events events = { .turn = take_text,
		.gap = pass_text_gap };
	struct spoken *s = xcalloc(1, sizeof(*s));
	const struct tls_opener_setup setup = { .events = &events,
		.owner = s,
		.secrets = secrets,
		.grows = grows,
		.midstream = midstream };

	s->spill = spill;
	s->opener = tls_opener_new(&setup);
	return s;
}

static void
drop_pieces(struct spoken *s)
{
	for (int dir = 0; dir < 2; dir++) {
		struct spoken_side *side = &s->side[dir];

		for (size_t i = 0; i < side->n; i++)
			spill_block_free(s->spill, side->v[i].bytes);
		free(side->v);
		*side = (struct spoken_side){ 0 };
	}
}

void
spoken_free(struct spoken *s)
{
	if (s == NULL)
		return;
	drop_pieces(s);
	tls_opener_free(s->opener);
	buf_free(&s->room);
	free(s);
}

void
spoken_turn(struct spoken *s, const struct chunk *c)
{
	tls_opener_turn(s->opener, c);
}

void
spoken_gap(struct spoken *s, int dir, const struct gap *g)
{
	s->hole = true;
	tls_opener_gap(s->opener, dir, g);
}

void
spoken_close(struct spoken *s)
{
	const struct tls_opened *facts;

	tls_opener_finish(s->opener);
	facts = tls_opener_facts(s->opener);
	s->client = facts->client;
	s->early = facts->early;
	/* It passed as it was on the wire. */
	if (facts->decrypted == TLS_DECRYPTED_NO)
		drop_pieces(s);
	tls_opener_free(s->opener);
	s->opener = NULL;
}

/* -- theirs -------------------------------------------------------------- */

/* Whether the record stands at the piece, behind what the peer has of it; then
 * (take is true) the peer has that, too. */
static bool
stands_at(struct spoken *s, struct spoken_side *side, size_t i,
    struct slice record, bool take)
{
	for (; record.n > 0 && i < side->n; i++) {
		struct spoken_piece *x = &side->v[i];
		size_t n = x->len - x->got;

		n = n < record.n ? n : record.n;
		if (!take &&
		    memcmp(spill_block_part(s->spill, x->bytes, x->got, n,
			       &s->room)
			       .p,
			record.p, n) != 0)
			return false;
		if (take) {
			x->got += n;
			side->next = x->got == x->len ? i + 1 : i;
		}
		record = slice_from(record, n);
	}
	side->some |= take;
	return record.n == 0;
}

bool
spoken_has(struct spoken *s, int dir, int64_t packet, struct slice record)
{
	struct spoken_side *side = &s->side[dir];
	size_t i = side->next;

	if (record.n == 0)
		return true;
	if (side->more.reasons & REASONS_UNEXPLAINED)
		return false;
	if (!stands_at(s, side, i, record, false))
		do
			while (i < side->n && side->v[i].packet != packet)
				i++;
		while (i < side->n && !stands_at(s, side, i, record, false) &&
		    ++i < side->n);
	return i < side->n && stands_at(s, side, i, record, true);
}

/* What the client sends before it is answered, the server may refuse. */
void
spoken_add_more(struct spoken *s, int dir)
{
	struct spoken_side *side = &s->side[dir];
	bool early = s->early == TLS_EARLY_REFUSED && dir == s->client &&
	    side->next == 0;
	int64_t off = 0;

	if (side->next < side->n)
		off =
		    side->v[side->next].off + (int64_t)side->v[side->next].got;
	else if (side->n > 0)
		off = side->v[side->n - 1].off +
		    (int64_t)side->v[side->n - 1].len;
	finding_add(&side->more, off, early ? REASON_EARLY : REASON_UNKNOWN);
}

/* -- both ---------------------------------------------------------------- */

/* What is here was verified when it was opened. */
static enum reason
why_less(const struct spoken *s, const struct spoken_side *side, bool failed)
{
	if (failed)
		return REASON_UNKNOWN;
	if (s->hole)
		return REASON_BEHIND_HOLE;
	return side->some ? REASON_UNKNOWN : REASON_NOT_OPENED;
}

bool
spoken_verdict(const struct spoken *s, bool failed, struct finding f[2])
{
	for (int dir = 0; dir < 2; dir++) {
		const struct spoken_side *side = &s->side[dir];
		size_t i = 0;

		f[dir] = side->more;
		while (i < side->n && side->v[i].got == side->v[i].len)
			i++;
		if (i < side->n)
			finding_add(&f[dir],
			    side->v[i].off + (int64_t)side->v[i].got,
			    why_less(s, side, failed));
	}
	return s->side[0].some || s->side[1].some;
}

bool
spoken_write_keys(const struct tls_secrets *t, const char *path)
{
	int fd = sys_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
	bool ok = fd >= 0;
	char line[TLS_KEYLOG_LINE];

	for (size_t i = 0; ok && i < tls_secrets_count(t); i++) {
		const struct tls_secret secret = tls_secrets_get(t, i);

		ok =
		    starter_write(fd, line, tls_keylog_put_line(line, &secret));
	}
	explicit_bzero(line, sizeof line);
	return fd >= 0 && close(fd) == 0 && ok;
}
