/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * sink.h: what a product is to the others: a row of functions.
 *
 * The fan-out in sinks.c implements struct events and calls every enabled
 * sink.  What a sink stores of a session is in the session's own piece of
 * memory.  A new product is one file and one row.
 */
#ifndef SINKS_SINK_H
#define SINKS_SINK_H

#include "base/buf.h"
#include "base/loss.h"
#include "base/spill.h"
#include "base/out.h"
#include "base/peer.h"
#include "flow/session.h"
#include "proto/decode_budget.h"
#include "proto/message.h"
#include "proto/tls_opener.h"
#include "sinks/console.h"
#include "sinks/hash.h"
#include "inspect/session_probe.h"
#include "inspect/match.h"
#include "inspect/pattern.h"
#include "inspect/service.h"

/* Sums of TCP sessions: payload, and what is missing of it. */
struct sink_said {
	uint64_t bytes;
	uint64_t missing;
};

static inline void
sink_said_add(struct sink_said *n, const struct session *s)
{
	for (int dir = 0; dir < 2; dir++) {
		n->bytes += s->side[dir].bytes;
		n->missing += s->side[dir].missing;
	}
}

/* What all sinks of a run share; const while sessions are written. */
struct sink_env {
	struct out *out;     /* NULL: no files, and no index */
	struct spill *spill; /* for what must wait until a session ends */
	size_t spill_bytes;  /* its budget; 0: as one likes */
	const char *capture; /* the capture's name, as shown */
	bool gaps_skip;	     /* raw files leave gaps out */
	bool exact;	     /* transcripts show every byte */
	bool live;	     /* each session is to be seen when it ends */
	int64_t start_ns;    /* of a live capture */
	const struct console *console; /* for what goes there; or NULL */
	const struct match *match;     /* or NULL: every session is wanted */
	const struct time_span *span;  /* or NULL: whenever it was */
	const struct pattern *grep;    /* or NULL: what must be said in it */
	const struct port_names *services; /* what ports are for; or NULL */
	const char *template;		   /* of file names, or NULL */
	enum sink_hash hash;		   /* of each direction */
	struct losses *losses;	/* counts what is given up; or NULL */
	struct sink_said *said; /* of all sessions wanted; or NULL */
	const struct tls_secrets *secrets; /* that open TLS; may be NULL */
	bool secrets_grow;  /* more may come while sessions are open */
	uint64_t *tls_vain; /* set by sinks_new: see struct tls_opener_setup */
	bool wire;	    /* what shows_wire shows the wire */
	struct decode_budget *decoding; /* of all bodies; NULL: no limit */
	/* Set by sinks_new: nothing in scratch outlives the call that fills
	 * it; names and stems in use, with a template; the words for the
	 * products that are made, and NULL. */
	struct buf *scratch;
	const char *const *products;
	size_t *memory; /* what sessions take beyond the sinks' cost */
	struct name_set *names;
	struct name_set *stems;
};

/* Names of a session's files that need no memory of their own. */
#define SINK_NAMES_FEW 192

/*
 * The stem and the files, in order of making: of each the length, in one byte,
 * the name, and a NUL.  Places are those of first characters, 0 for none.  p
 * is NULL, few, or from malloc.
 */
struct sink_names {
	char *p;
	size_t n;
	size_t cap;
	size_t stem;
	size_t raw[2];
	size_t plain[2];
	size_t last;
	char few[SINK_NAMES_FEW];
};

static inline struct slice
sink_name_at(const struct sink_names *n, size_t place)
{
	const uint8_t *p = (const uint8_t *)n->p + place;

	return (struct slice){ p, p[-1] };
}

/* The place of the next name; place is 0 or of a name.  0 behind the last. */
static inline size_t
sink_name_next(const struct sink_names *n, size_t place)
{
	if (place > 0)
		place += (uint8_t)n->p[place - 1] + 1u;
	return place < n->n ? place + 1 : 0;
}

struct marks;

/* What the sinks of one session share. */
struct sink_session {
	const struct sink_env *env;
	bool pending;	     /* it is not known yet whether it is wanted */
	bool unwanted;	     /* known at its end: nothing of it is to be seen */
	bool found;	     /* --grep: something in it matches */
	struct marks *marks; /* where, when that is to be shown; or NULL */
	unsigned notes; /* enum session_note, beside those of the session */
	const struct tls_opened *opened; /* what is known by now; or NULL */
	struct endpoint client;
	struct endpoint server;
	uint64_t number;
	int64_t start_ns;
	uint64_t vlan[2]; /* see struct hop */
	uint8_t ts_digits;
	void *run;	   /* while a sink opens: what its begin returned */
	unsigned n_bodies; /* NNN of the last file of a body or script */
	bool has_objects;  /* each body gets a file: body_of */
	struct session_probe *facts; /* or NULL */
	const char *digest[2]; /* of each direction, when its sink is closed;
				* NULL: it is not known */
	struct out_file **waiting; /* files that ended while it was pending */
	size_t n_waiting;
	size_t counted; /* in env->memory */
	struct sink_names names;
};

/* What is known of the whole capture when all its sessions have ended. */
struct sink_record {
	struct slice ledger; /* capture.jsonl, but for what was written */
	uint64_t packets;
	int64_t first_ns; /* of the first packet, and of the last */
	int64_t last_ns;
	uint8_t ts_digits;
};

/* What a session's state takes with the files it writes, about. */
#define SINK_COST ((size_t)512)

struct sink {
	const char *name; /* as in --emit */
	size_t size;	  /* of its state of a session */
	size_t cost;	  /* what it takes besides while that is open, about */
	bool shows_wire;  /* with --wire it is told of that */
	bool only_opened; /* what is no TLS is not for it */
	bool wants_packets;
	bool wants_datagrams;
	bool wants_bodies; /* calls body_of */
	bool reads_last;   /* ... to know what files others have made */
	/* Opened before close even when a session had nothing to write. */
	bool bare;
	/* Of the whole capture; both or none are NULL.  begin comes before
	 * the first session; what it returns is in ss->run while open runs.
	 * end comes after the last session, writes what is left, frees run,
	 * and may append a line of what there is to say (no line end). */
	void *(*begin)(const struct sink_env *env);
	void (*end)(void *run, struct buf *remark);
	/* In the place of end, when all others have come to theirs: writes what
	 * needs to know the whole capture, and frees run; record is NULL when
	 * nothing is to be written.  0, or an errno, and *what failed: then
	 * nothing was written. */
	int (*conclude)(void *run, const struct sink_record *record,
	    const char **what);
	/* st is the sink's own state of this session: zeros, which stay
	 * where they are until close. */
	void (
	    *open)(void *st, struct sink_session *ss, const struct session *s);
	/* Any of these may be NULL.  data, late and packet tell of the wire,
	 * turn and what follows it of what was said. */
	void (*data)(void *st, const struct chunk *c);
	/* Bytes of a gap that was told of; true when they are taken. */
	bool (*late)(void *st, const struct chunk *c);
	void (*turn)(void *st, const struct chunk *c);
	void (*turn_gap)(void *st, int dir, const struct gap *g);
	/* Shows how a body begins: what cannot be decoded to its end is not
	 * missing in it. */
	bool is_excerpt;
	/*
	 * What was said, as struct message_events tells it.  x is what this
	 * sink's message_head returned of the message: NULL when it wants
	 * nothing more of it but its spans, where it is NULL then.  Any of
	 * these may be NULL.
	 */
	void *(*message_head)(void *st, const struct message *m);
	void (*message_body)(void *st, void *x, const struct message *m,
	    struct slice bytes);
	void (*message_hole)(void *st, void *x, const struct message *m,
	    const struct gap *g);
	void (*message_end)(void *st, void *x, const struct message *m,
	    enum message_reason reason);
	void (*span)(void *st, void *x, const struct chunk *c,
	    const struct span *what);
	void (*made)(void *st, const struct made_text *t);
	void (*packet)(void *st, const struct packet_event *p);
	/* Of the whole capture: run is what begin returned. */
	void (*datagrams)(void *run, const struct session *s,
	    const struct slice first[2]);
	void (*settle)(void *st);
	/* Nothing more comes, and what is in ss to find out whether the
	 * session is wanted must be known now. */
	void (*judge)(void *st);
	/* Of what goes to standard output: it is to be seen now, as s would end
	 * it.  False when nothing was written: close does that then. */
	bool (*show)(void *st, const struct session *s);
	/* Writes what is left, unless the session is unwanted, and frees
	 * what st has. */
	void (*close)(void *st, const struct session *s);
};

extern const struct sink sink_raw;
extern const struct sink sink_plain;
extern const struct sink sink_readable;
extern const struct sink sink_text;
extern const struct sink sink_hex;
extern const struct sink sink_objects;
extern const struct sink sink_http;
extern const struct sink sink_js;
extern const struct sink sink_json;
extern const struct sink sink_report;
extern const struct sink sink_summary_table;
extern const struct sink sink_summary_csv;
extern const struct sink sink_summary_json;
extern const struct sink sink_summary_zeek;
extern const struct sink sink_summary_zeek_json;
extern const struct sink sink_pcap;
extern const struct sink sink_timing;
extern const struct sink sink_packets_text;
extern const struct sink sink_packets_json;
extern const struct sink sink_print_readable;
extern const struct sink sink_print_text;
extern const struct sink sink_print_hex;
extern const struct sink sink_print_json;
extern const struct sink sink_print_raw;
extern const struct sink sink_hash;

/* Whether files about the session's packets are made: when payload was sent,
 * captured or not, or the handshake is full.  At close. */
static inline bool
session_has_packet_files(const struct session *s)
{
	return s->handshake == HANDSHAKE_FULL ||
	    s->side[0].bytes + s->side[0].missing > 0 ||
	    s->side[1].bytes + s->side[1].missing > 0;
}

/* Whether what is told now was opened: the session's TLS, or part of it. */
static inline bool
sink_is_opened(const struct sink_session *ss)
{
	return ss->opened != NULL && ss->opened->decrypted != TLS_DECRYPTED_NO;
}

/* Begins the names in use: those that files of the capture have are no
 * session's. */
void sink_names_begin(struct sink_env *env);
/* n more bytes of memory are the session's until sink_names_free. */
void sink_count(struct sink_session *ss, size_t n);
/* The session's file name without its ending; ss's, until there is another
 * name. */
struct slice sink_stem(struct sink_session *ss);
/*
 * Creates STEM + suffix in the store, with the session's first time as mtime,
 * and notes its name, unless the file is absent.  The file is the caller's to
 * end with sink_close.
 */
struct out_file *sink_create(struct sink_session *ss, const char *suffix);
/* The same for a direction's raw file. */
struct out_file *sink_create_raw(struct sink_session *ss, int dir);
/* What was created last; ss's, until another one is. */
const char *sink_last_name(const struct sink_session *ss);
void sink_names_free(struct sink_session *ss);
/* The file of body or script number n, STEM-NNN.ending; NULL, noted, when a
 * session has no more files than that, or there is none. */
struct out_file *sink_create_body(struct sink_session *ss, unsigned n,
    const char *ending);
/* Ends a file of the session: at once, or when it is known whether the
 * session is wanted.  Nothing remains of one that is not. */
void sink_close(struct sink_session *ss, struct out_file *f);

/* Appends the index object of s (DESIGN keys, in order, no line end) to b.
 * The names come from ss.  A flow of datagrams has no session
 * number, no stem, and a last key `proto'. */
void index_object(struct buf *b, struct sink_session *ss,
    const struct session *s);

#endif
