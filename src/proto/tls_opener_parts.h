/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_opener_parts.h: what the files of the opener share. */
#ifndef PROTO_TLS_OPENER_PARTS_H
#define PROTO_TLS_OPENER_PARTS_H

#include "base/buf.h"
#include "proto/tls_cipher.h"
#include "proto/tls_hello.h"
#include "proto/tls_opener.h"
#include "proto/tls_records.h"

enum opener_state {
	OPENER_CLEAR,	/* no TLS has begun */
	OPENER_WAITING, /* it may have: nothing was opened yet, all is kept */
	OPENER_OPENED,
	OPENER_WIRE, /* for good */
};

enum opener_framing {
	FRAMING_CLEAR,
	FRAMING_LOOK,	 /* a beginning that is too short to know */
	FRAMING_RECORDS, /* held: the record that has not all come */
	FRAMING_LOST,	 /* behind a hole; held: where a record is sought */
	FRAMING_BROKEN,
};

enum opener_epoch { EPOCH_CLEAR, EPOCH_HANDSHAKE, EPOCH_APPLICATION };

/* Where and when what is told was captured. */
struct opener_stamp {
	uint64_t packet;
	uint64_t ordinal;
	int64_t ts_ns;
	bool concurrent;
};

struct opener_record {
	const uint8_t *header;
	struct slice body;
	struct slice before; /* as in struct tls_sealed */
	uint64_t off;	     /* of the header, on the wire */
	struct opener_stamp stamp;
};

/* What was not opened since the last record that was. */
struct opener_hole {
	bool any;
	bool missing;	  /* bytes of the wire are */
	bool other;	  /* a header said that it was no application data */
	uint64_t passed;  /* whole records */
	uint64_t text;	  /* ... and their text, at most */
	uint64_t no_text; /* bytes of records in the clear */
};

/* One direction. */
struct opener_side {
	enum opener_framing framing;
	struct buf held;
	uint64_t held_off; /* of its first byte, on the wire */
	bool held_concurrent;
	uint8_t before[TLS_BEFORE]; /* what stands before held */
	uint8_t n_before;
	uint64_t wire_end; /* behind all that came */
	struct opener_stamp last;
	uint64_t start;	   /* what the wire has before is of no use */
	bool unknown;	   /* the number of the next record is not known */
	unsigned n_doubts; /* what was taken for a record was none */

	enum opener_epoch epoch;
	unsigned handshake; /* whose keys they are */
	struct tls_cipher *cipher;
	uint64_t number;   /* of the next record */
	uint64_t explicit; /* the last record's part of the nonce */
	bool changed;	   /* keys up to 1.2 begin with the next record */
	bool finished;	   /* the last message before the next keys came */
	bool updates;	   /* ... a KeyUpdate */
	uint64_t end;	   /* of the last record, on the wire */
	struct opener_hole hole;
	bool padded;
	bool said; /* text was opened */

	struct buf message; /* of the handshake, with its header */
	size_t skip;	    /* bytes of one that is too long */
	bool cut;	    /* where one begins is not known */

	uint64_t off;	   /* of the text */
	uint64_t opened;   /* records */
	uint64_t unopened; /* whole ones that are no text now */
};

/* What was told of a direction. */
struct opener_told {
	uint64_t bytes;
	uint64_t missing;
	uint64_t records_lost;
	struct gap *gaps;
	size_t n_gaps;
	bool gaps_cut;
};

struct opener_handshake {
	unsigned count; /* 0: there was none */
	int client;	/* the direction */
	bool has_client;
	bool has_server;
	bool known; /* the suite is one that can be opened */
	bool retry;
	uint16_t suite; /* its number */
	struct tls_agreed agreed;
};

/* A record of early data that waits until it is known whether the server read
 * it. */
struct opener_early_record {
	size_t n;     /* bytes of text */
	uint64_t gap; /* lost before them */
	struct opener_stamp stamp;
};

struct opener_early {
	enum tls_early state; /* OFFERED: not known yet */
	bool ended;	      /* EndOfEarlyData */
	struct tls_cipher *cipher;
	uint64_t number;
	uint64_t bytes;
	struct buf text;
	struct buf records; /* struct opener_early_record */
	uint64_t dropped;   /* bytes for which there was no room */
};

/* All that follows from what came, so that it can begin anew. */
struct opener_machine {
	struct opener_handshake handshake;
	struct opener_early early;
	struct opener_side side[2];
	uint64_t searched;  /* bytes in vain, of sessions without a hello */
	uint64_t waited;    /* bytes of those */
	uint64_t tried;	    /* bytes in vain */
	uint64_t delivered; /* bytes that were opened */
	bool limit;
	bool opened;	  /* something was */
	bool no_tls;	  /* what looked like it was none */
	uint16_t version; /* of the first handshake */
	uint16_t suite;
};

struct tls_opener {
	struct tls_opener_setup setup;
	enum opener_state state;
	bool seen;
	bool searches; /* no hello: what waits are records from within */
	bool mute;     /* nothing is told */
	enum tls_reason wire_reason;
	uint64_t generation; /* of the secrets when they were last looked at */
	bool holds;	     /* of an opened one a secret lacks: all is kept */
	int held_dir;	     /* ... in this direction */
	bool holds_no_more;  /* it did not come in time */
	struct opener_machine m;
	struct opener_told told[2];
	struct buf log; /* what waits: struct logged, and its bytes */
	size_t logged[2];
	uint64_t vain; /* where setup has none */
	struct tls_opened facts;
};

static inline bool
opener_is_client(const struct tls_opener *o, int dir)
{
	return o->m.handshake.client == dir;
}

static inline bool
opener_is_1_3(const struct tls_opener *o)
{
	return o->m.handshake.has_server &&
	    o->m.handshake.agreed.version == TLS_1_3;
}

/* What the wire said in a direction before its first gap. */
struct opener_front {
	uint64_t off; /* of the first byte */
	struct buf bytes;
	bool over; /* there was a gap */
};

/* tls_opener_log.c: what waits. */
struct opener_replay {
	void (*turn)(struct tls_opener *o, const struct chunk *c);
	void (*gap)(struct tls_opener *o, int dir, const struct gap *g);
};

void opener_log_turn(struct tls_opener *o, const struct chunk *c);
void opener_log_gap(struct tls_opener *o, int dir, const struct gap *g);
/* Takes the log away, so that what it tells can be told; the caller frees it. */
struct buf opener_take_log(struct tls_opener *o);
/* Tells all that is in log. */
void opener_replay(struct tls_opener *o, const struct buf *log,
    const struct opener_replay *to);
/* What it begins with; the caller frees the bytes. */
void opener_log_front(const struct tls_opener *o, struct opener_front front[2]);
/* Whether a record that does not open may open yet, and that it waits. */
bool opener_may_hold(const struct tls_opener *o, int dir);
void opener_hold(struct tls_opener *o, int dir, const struct opener_record *r);

/* tls_opener_framing.c: bytes to records. */
/* n bytes of p are there: whether a header may begin with them. */
bool opener_may_be_header(const uint8_t *p, size_t n);
/* A change of ciphers, in the clear: what stands before it was TLS. */
bool opener_is_change(struct slice s);
void opener_bytes(struct tls_opener *o, const struct chunk *c);
void opener_missing(struct tls_opener *o, int dir, const struct gap *g);
/* No more bytes come before something else happens. */
void opener_seek_end(struct tls_opener *o, int dir);

/* tls_opener_search.c: a session whose beginning was not captured. */
/* Whether what begins so may be records from somewhere within. */
bool opener_may_be_midstream(const struct tls_opener *o, struct slice s);
/* Looks for records in both directions, and for secrets that open them: what
 * follows from those is in the machine, which then is to be fed anew.  *seen:
 * there are records. */
bool opener_search(struct tls_opener *o, const struct opener_front front[2],
    bool *seen);

/* tls_opener_record.c: a whole record.  verified: only if it opens; false when
 * it did not. */
bool opener_record(struct tls_opener *o, int dir, const struct opener_record *r,
    bool verified);

/* tls_opener_epoch.c: keys and numbers. */
/* From first to last. */
struct opener_numbers {
	uint64_t first;
	uint64_t last;
};

struct opener_found {
	struct tls_cipher *cipher; /* a new one, or NULL: the side's */
	enum opener_epoch epoch;
	bool updated; /* the next generation */
	uint64_t number;
	struct tls_text text;
};

/* Whether so much more may be tried for a session without a hello. */
bool opener_may_search(const struct tls_opener *o, uint64_t n);
/* With the keys of a traffic secret, as long as that is so; then f has them. */
bool opener_find_number(struct tls_opener *o, const struct tls_suite *suite,
    struct slice secret, const struct opener_record *r, struct opener_numbers n,
    uint8_t *out, struct opener_found *f);
bool opener_try(struct tls_opener *o, int dir, const struct opener_record *r,
    uint8_t *out, struct opener_found *found);
/* Early data of the client; *lost: numbers that were passed over. */
bool opener_try_early(struct tls_opener *o, int dir,
    const struct opener_record *r, uint8_t *out, struct tls_text *text,
    uint64_t *lost);
/* Whether there is any secret for the client random of this handshake. */
bool opener_has_secrets(const struct tls_opener *o);
/* ... that should open what this side says. */
bool opener_has_secrets_of(const struct tls_opener *o, int dir);
/* There is none for the keys that follow. */
bool opener_lacks_secret(const struct tls_opener *o, int dir);
/* Bytes of a record that are no text, at least. */
size_t opener_overhead(const struct tls_opener *o, const struct opener_side *s);

/* tls_opener_handshake.c: messages of the handshake. */
void opener_handshake(struct tls_opener *o, int dir, struct slice s,
    bool sealed);

/* tls_opener_text.c: what is told. */
void opener_tell(struct tls_opener *o, int dir, struct slice text,
    const struct opener_stamp *stamp);
void opener_tell_clear(struct tls_opener *o, const struct chunk *c);
void opener_tell_gap(struct tls_opener *o, int dir, uint64_t len,
    enum gap_reason reason);
/* Of what was passed over before this record, which was found. */
void opener_tell_hole(struct tls_opener *o, int dir,
    const struct opener_record *r, const struct opener_found *found);
/* Of what was passed over and no record follows. */
void opener_tell_rest(struct tls_opener *o, int dir);
/* A record of early data, so much lost before it; it is told once the server is
 * known to read it. */
void opener_early_text(struct tls_opener *o, int dir, uint64_t gap,
    struct slice text, const struct opener_stamp *stamp);
/* Now it is known. */
void opener_early_decide(struct tls_opener *o, bool accepted);

#endif
