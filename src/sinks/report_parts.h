/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report_parts.h: what the files of the report share; nobody else's.
 *
 * report.c: the sink.  report_turns.c, report_packets.c and report_messages.c:
 * what is kept of a session while it lives.  report_record.c: what is kept of
 * one that has ended.  report_spool.c: all of those, with their rows, until the
 * capture ends; report_shares.c: how much of them is shown.
 * report_page.c: the file; report_rows.c, report_words.c, report_exchanges.c and
 * report_session.c: its data, with what is in report_data.c.
 * report_captures.c: the page of several captures.
 */
#ifndef SINKS_REPORT_PARTS_H
#define SINKS_REPORT_PARTS_H

#include "base/digest.h"
#include "base/json.h"
#include "inspect/row.h"
#include "sinks/external_sort.h"
#include "sinks/opaque_lines.h"
#include "sinks/report_budget.h"
#include "sinks/sink.h"

#define REPORT_NAME "report.html"

/* ------------------------------------------------------- a session that lives */

/* One record of the transcript, or a hole. */
struct report_turn {
	int64_t ts_ns;
	uint64_t packet;
	uint64_t off;
	uint64_t len;
	uint32_t kept; /* of its bytes, the first */
	uint8_t dir;
	uint8_t concurrent;
	uint8_t is_gap;
	uint8_t reason; /* enum gap_reason */
};

struct report_packet {
	int64_t ts_ns;
	int64_t seq;
	int64_t ack;
	uint64_t number;
	uint64_t ordinal;
	uint64_t window;
	uint32_t len;
	uint32_t notes;
	uint8_t flags;
	uint8_t dir;
};

/* Every so many of packets that came, beginning with the first. */
struct thinned {
	struct spill_log log; /* of struct report_packet */
	size_t n;	      /* in it */
	uint64_t seen;
	uint64_t step; /* 0: 1 */
};

/* The packets of a session: those with a note apart, so that others do not
 * push them out. */
struct report_packets {
	struct thinned plain;
	struct thinned noted;
};

/* An exchange, a request and its response; its texts stand behind it. */
enum report_exchange_text {
	EXCHANGE_METHOD,
	EXCHANGE_HOST,
	EXCHANGE_URL,
	EXCHANGE_TYPE,
	REPORT_EXCHANGE_TEXTS
};

struct report_exchange {
	uint64_t number; /* in the session, from 0 */
	int64_t start_ns;
	int64_t end_ns;
	int64_t wait_ns; /* from the request's end; negative: not known */
	uint64_t bytes;	 /* of the response's body, decoded, */
	uint64_t sent;	 /* ... and as it was sent */
	uint16_t status; /* 0: none */
	uint8_t answered;
	uint8_t url_cut;
	uint32_t len[REPORT_EXCHANGE_TEXTS];
	uint8_t sha256[DIGEST_SHA256_BYTES]; /* of those decoded */
};

/* Of a URL that is shown. */
#define REPORT_URL_SHOWN ((size_t)2048)

/*
 * Bytes that are shown as what they are: its words stand behind it, then what
 * was decoded.  Those of a body are two: codings, a NUL, type.
 */
struct report_stretch {
	uint64_t off;
	uint64_t len;
	uint64_t decoded; /* of a body, all of it */
	uint32_t words;	  /* bytes of them */
	uint32_t kept;	  /* decoded bytes that are here */
	uint8_t dir;
	uint8_t is_body;
};

struct report;
struct report_open;

struct report_session {
	struct sink_session *ss;
	struct report *report;
	struct report_turn turn; /* at hand, when in_turn */
	int64_t last_ns;	 /* of its last bytes */
	bool in_turn;
	bool opened;	      /* what was in TLS has begun */
	uint64_t n_turns;     /* with those that were left out */
	struct spill_log log; /* of struct report_turn */
	struct spill_log said[2];
	struct report_packets packets;
	/* Of messages. */
	struct report_open *open;   /* exchanges */
	struct spill_log exchanges; /* those that are over */
	struct spill_log stretches;
	uint64_t n_stretches;
	struct opaque_lines opaque;
	int opaque_dir;
	uint64_t span_end[2];
	size_t decoded; /* bytes of bodies that are kept */
	struct buf text;
	struct buf label;
};

/* Likewise. */
void *report_head(void *st, const struct message *m);
void report_body(void *st, void *own, const struct message *m,
    struct slice bytes);
void report_message_end(void *st, void *own, const struct message *m,
    enum message_reason reason);
void report_span(void *st, void *own, const struct chunk *c,
    const struct span *what);
void report_made(void *st, const struct made_text *t);
/* All has been told: what is kept of it is in the two logs. */
void report_messages_close(struct report_session *x);

/* What the sink's row has of the same names; they know no more than that. */
void report_turn(void *st, const struct chunk *c);
void report_gap(void *st, int dir, const struct gap *g);
/* The turn at hand, if any, has ended. */
void report_turn_end(struct report_session *x);

void report_packets_put(struct report_packets *p, struct spill *k,
    const struct packet_event *e);
/* At most that many of them, in their order. */
void report_packets_take(const struct report_packets *p, struct spill *k,
    size_t most, struct buf *out);
/* Of n packets in v, in their order, leaves at most that many in place; returns
 * how many. */
size_t report_packets_thin(struct report_packet *v, size_t n, size_t most);
void report_packets_free(struct report_packets *p, struct spill *k);

/* --------------------------------------------------- a session that has ended */

/* What its record is made of, in this order. */
enum report_part {
	REPORT_TEXT,  /* members of its JSON object, as they are written */
	REPORT_TURNS, /* struct report_turn */
	REPORT_C2S,   /* the bytes of the turns */
	REPORT_S2C,
	REPORT_PACKETS,	  /* struct report_packet */
	REPORT_FILES,	  /* names, each behind its length in one byte */
	REPORT_EXCHANGES, /* struct report_exchange, with texts */
	REPORT_STRETCHES, /* struct report_stretch, with words and bytes */
	REPORT_PARTS,	  /* so many */
};

/* Stands before the parts. */
struct report_record {
	uint32_t len[REPORT_PARTS];
	uint64_t turns; /* with those that were left out */
	uint64_t packets;
	uint64_t files;
	uint64_t n_files; /* of them in the record */
	uint64_t n_exchanges;
	uint64_t n_stretches;
	uint64_t decoded; /* bytes in these */
};

/* The bytes of a part; false when it is not all there: the scratch file has
 * failed. */
bool report_record_part(struct slice record, enum report_part part,
    struct slice *out);
/* Makes b, which is empty, the record of x, which s ends; h is its head. */
void report_record_make(struct buf *b, struct report_record *h,
    struct report_session *x, const struct session *s);

/* How well it went. */
enum report_grade { GRADE_PLAIN, GRADE_LOOK, GRADE_LOST };

/* A row of the table; the columns' text stands behind it. */
struct report_line {
	uint64_t number; /* 0 for a flow of datagrams */
	uint64_t packets[2];
	uint64_t bytes[2];
	uint64_t missing;
	int64_t start_ns;
	int64_t end_ns;
	int64_t rtt_ns; /* negative: not known, both */
	int64_t wait_ns;
	uint8_t is_tcp;
	uint8_t grade; /* enum report_grade */
	uint16_t end[COLUMNS];
};

/* ------------------------------------------------------------ until the end */

/* A record that is kept.  Those of the least keys stay. */
struct report_entry {
	uint64_t key;
	uint64_t number;
	struct spill_block *block;
	struct report_record head;
};

/* The least of many keys.  Zero-initialise and set most. */
struct lowest {
	size_t most;
	uint64_t *v;
	size_t n;
	size_t cap;
	bool is_full; /* none above last is among them */
	uint64_t last;
};

/* Whether it is among them as far as is known. */
bool lowest_put(struct lowest *l, uint64_t key);

struct report_spool {
	struct spill *spill; /* borrowed */
	struct external_sort rows;
	struct lowest row_keys;
	uint64_t n_rows; /* all that came */
	struct report_entry *entries;
	size_t n;
	size_t cap;
	bool is_full;  /* as in struct lowest */
	uint64_t last; /* of the keys of entries */
	uint64_t bytes;
};

void report_spool_row(struct report_spool *p, const struct report_line *row,
    uint64_t first_packet, struct slice text);
/* Whether a record of that key may be put. */
bool report_spool_wants(const struct report_spool *p, uint64_t key);
void report_spool_record(struct report_spool *p, uint64_t key, uint64_t number,
    struct slice record);
/* Nothing more comes: the entries are those that stay, by number. */
void report_spool_end(struct report_spool *p);
/* Without anything in them; then with what the entries have, cut to what the
 * page has room for, and freed. */
void report_shares_init(struct report *r);
void report_shares_settle(struct report *r);
void report_shares_fini(struct report *r);
/* A record of that head is kept. */
void report_shares_add(struct report *r, const struct report_record *h);
void report_spool_fini(struct report_spool *p);

/* "sha256-..." and a NUL: what the policy calls a style or a script. */
#define REPORT_DIGEST_LEN (7 + 44 + 1)

/* Of a capture.  The spill is its own, so that a scratch file that fails costs
 * the report and nothing else. */
struct report {
	const struct sink_env *env;
	struct spill *spill;
	size_t counted; /* in env->memory */
	struct report_spool spool;
	struct budget payload;	 /* of directions */
	struct budget turns;	 /* of sessions */
	struct budget packets;	 /* of sessions */
	struct budget files;	 /* of sessions */
	struct budget exchanges; /* likewise, and what follows */
	struct budget stretches;
	struct budget decoded;
	uint64_t conflicting; /* bytes of all sessions */
};

/* What its spill and its lists take now counts as the capture's. */
void report_count(struct report *r);

/* ------------------------------------------------------------------- the file */

struct report_page;

/* What is in the places of a page. */
struct report_content {
	void (*title)(struct report_page *p);
	void (*noscript)(struct report_page *p); /* both HTML */
	void (*elements)(struct report_page *p); /* before the program */
	void (*sessions)(struct report_page *p); /* behind it */
};

/* While it is written. */
struct report_page {
	const struct report_content *content;
	char style[REPORT_DIGEST_LEN];
	char script[REPORT_DIGEST_LEN];
	struct report *report; /* of a capture */
	const struct sink_record *record;
	struct out_file *file;
	struct buf b;		 /* what is to be written */
	int64_t unit;		 /* ns a tick */
	struct spill_log sorted; /* the rows, as records */
	uint64_t n_rows;	 /* of them */
	struct buf first;	 /* the first REPORT_ROWS_AS_TEXT */
	size_t width[COLUMNS];	 /* of those, as text */
	struct budget names;
	uint64_t exchanges; /* of the sessions that were written */
};

/* So many rows are there for those who have no JavaScript. */
#define REPORT_ROWS_AS_TEXT 1000

/* "sha256-" and the digest, in base64. */
void report_digest(char out[static REPORT_DIGEST_LEN], const void *p, size_t n);
/* Puts the whole page; content, record, file and unit are set. */
void report_page_put(struct report_page *p);
/* Writes the file.  0, or an errno: there is none. */
int report_page_write(struct report *r, const struct sink_record *record);
/* What is in p->b goes to the file; of data, as nothing that ends it. */
void report_page_flush(struct report_page *p);
void report_page_flush_data(struct report_page *p);
/* The same when there is enough of it. */
void report_page_data(struct report_page *p);
/* The beginning of a data element, behind which a JSON value comes; its end. */
void report_page_element(struct report_page *p, const char *id);
void report_page_element_end(struct report_page *p);
/* What is to be known of all times in it, as members of `capture'. */
void report_page_times(const struct report_page *p, struct json *j);
/* The time in ticks since the capture's first packet; a span, -1 for none. */
void report_page_tick(const struct report_page *p, struct json *j,
    int64_t ts_ns);
void report_page_span(const struct report_page *p, struct json *j, int64_t ns);
void report_page_i64(struct json *j, int64_t v);

/* Appends s as text of HTML. */
void report_escape(struct buf *b, struct slice s);

/* Before the others: the rows in their order. */
void report_rows_sort(struct report_page *p);
/* The first ones as lines of text. */
void report_rows_text(struct report_page *p);
/* The element `rows'. */
void report_rows_write(struct report_page *p);
/* Appends the first exchanges of a session that has ended, as many as it may
 * show. */
void report_exchanges_take(struct buf *b, struct report_record *h,
    const struct report_session *x);
/* How many of its exchanges are in the page. */
uint64_t report_exchanges_shown(const struct report *r,
    const struct report_entry *e);
/* The element `exchanges'. */
void report_exchanges_write(struct report_page *p);
/* The element of a session, dN. */
void report_session_write(struct report_page *p, const struct report_entry *e);

/* Words, each of which has a place; that of the empty one is 0. */
struct report_words;
struct report_words *report_words_new(struct spill *k);
uint64_t report_words_place(struct report_words *w, struct slice word);
/* Puts the list of all. */
void report_words_put(struct report_words *w, struct report_page *p);
void report_words_free(struct report_words *w);

#endif
