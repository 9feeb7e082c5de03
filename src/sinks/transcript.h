/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * transcript.h: text and hex: both directions in causal order, as records.
 *
 * What text and hex share: the header, when a record begins, its first line,
 * the lines of gaps and of the end.  How payload looks is the body's matter.
 * It goes to a file of its own or, in one piece, to standard output; there it
 * may be coloured, each line by itself.
 */
#ifndef SINKS_TRANSCRIPT_H
#define SINKS_TRANSCRIPT_H

#include "sinks/sink.h"

/* Behind a longer silence a new record begins. */
#define TRANSCRIPT_SILENCE_NS 1000000000

struct transcript;

struct transcript_body {
	const char *ending; /* of the file name */
	/* Appends payload of the record; off is its stream offset. */
	void (*put)(struct transcript *t, struct buf *b, uint64_t off,
	    struct slice s);
	/* Ends the record's payload. */
	void (*end)(struct transcript *t, struct buf *b);
};

/*
 * Embedded at the beginning of a sink's state.  The file is made when the
 * first payload comes; gaps before it wait in early, and while `waits' is set
 * all that stands behind the header does.
 */
struct transcript {
	struct sink_session *ss;
	const struct transcript_body *body;
	const struct console *console; /* that it goes to; NULL: to a file */
	struct out_file *file;
	struct buf early;
	bool waits;  /* the header is not complete */
	bool opened; /* what it was opened from has been said */
	bool in_record;
	int dir;	 /* of the record */
	int64_t last_ns; /* time of the record's last bytes */
};

/* printed: on the console of ss->env. */
void transcript_init(struct transcript *t, struct sink_session *ss,
    const struct transcript_body *body, bool printed);

/* What colours the payload of this record, and what ends it; NULL for none. */
const char *transcript_color(const struct transcript *t);
const char *transcript_color_end(const struct transcript *t);
/* Nothing beyond ASCII is to be written. */
bool transcript_is_ascii(const struct transcript *t);

/* For those who write payload themselves, with the scratch buffer b: bytes of c
 * come next, so that the file begins, or a record. */
void transcript_at(struct transcript *t, struct buf *b, const struct chunk *c);
/* What is in b goes where it belongs. */
void transcript_flush(struct transcript *t, struct buf *b);
/* A line that is not payload begins, and ends. */
void transcript_mark(const struct transcript *t, struct buf *b);
void transcript_mark_end(const struct transcript *t, struct buf *b);
/* Behind a mark of one or two characters. */
void transcript_number(struct buf *b, const char *mark, uint64_t v);
void transcript_key(const struct transcript *t, struct buf *b, const char *key,
    const char *value);
/* The header ends with this key; all that waited follows. */
void transcript_release(struct transcript *t, const char *key,
    const char *value);

/* The functions of a sink's row; st is the struct transcript. */
void transcript_turn(void *st, const struct chunk *c);
void transcript_gap(void *st, int dir, const struct gap *g);
void transcript_close(void *st, const struct session *s);

#endif
