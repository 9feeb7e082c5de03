/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * conn_parts.h: what the files of the connection share; nobody else's.
 *
 * conn.c: how one begins, is logged and ends.  conn_input.c: what a segment
 * means.  accept.c: which of them a receiver refuses.  conn_output.c: what
 * others are told.  conn_roles.c: who is the client.  conn_wait.c: who let whom
 * wait.  packet_notes.c: the packets.
 */
#ifndef FLOW_CONN_PARTS_H
#define FLOW_CONN_PARTS_H

#include "flow/conn.h"
#include "flow/segment_log.h"

/* What streams tell; in conn_output.c. */
extern const struct stream_ops conn_stream_ops;

/* What is told of packets, and what must be known for that. */
struct packet_notes {
	struct spill_log
	    early;	    /* packets that wait for the session's opening */
	uint64_t n;	    /* packets told */
	unsigned notes;	    /* enum packet_note: the segment's so far */
	uint16_t window[2]; /* that each end offered last */
	bool has_window[2];
};

void packet_notes_new(struct conn *c);
void packet_notes_free(struct conn *c);
/* A note on the segment that is being taken in. */
void conn_note(struct conn *c, unsigned notes);
/* What the segment's number and ACK say, before it is taken in. */
void conn_note_numbers(struct conn *c, int e, const struct segment *seg);
/* What became of its payload, which was the stream's up to seen_end. */
void conn_note_push(struct conn *c, int e, const struct segment *seg,
    enum push push, uint64_t seen_end);
/* The segment was taken in: it is told, now or when the session opens. */
void conn_report_packet(struct conn *c, int e, const struct segment *seg);
/* The same of one that is counted only. */
void conn_report_stray(struct conn *c, int e, const struct segment *seg);
/* The session was opened: what waited is told. */
void conn_report_early(struct conn *c);

/* How far the windows that end e offers are shifted (RFC 7323, 2.2). */
unsigned conn_window_shift(const struct conn *c, int e, uint8_t flags);

/* Where its bytes wait. */
static inline struct spill *
conn_keep(const struct conn *c)
{
	return c->blank ? c->model->blank : c->model->keep;
}

/* What the stream of end e is called with. */
static inline struct stream_env
conn_env(struct conn *c, int e)
{
	return (struct stream_env){
		.cfg = &c->model->cfg->stream,
		.keep = conn_keep(c),
		.blank = c->blank,
		.ops = &conn_stream_ops,
		.owner = c,
		.e = e,
		.far = c->far,
		.memory = &c->model->memory,
	};
}

/* The end whose bytes the ACKs of end e acknowledge. */
static inline int
conn_peer(const struct conn *c, int e)
{
	return c->self ? e : !e;
}

/* False when the session is not wanted, as far as is known now. */
bool conn_is_wanted(const struct conn *c);
/* The end that counts as the client as long as nothing better is known. */
static inline int
conn_originator(const struct conn *c)
{
	return c->client >= 0 ? c->client : c->first_sender;
}
/* Roles are needed now. */
void conn_settle_roles(struct conn *c);
/* What is to be told, or not, is decided now. */
void conn_settle_selection(struct conn *c);
/* A segment's payload on its way into a stream. */
struct said {
	uint64_t pos; /* where it begins */
	uint64_t end;
	uint64_t need;	   /* what its sender had received; 0: not known */
	uint64_t next;	   /* of the stream, before it: delivered so far */
	uint64_t seen_end; /* likewise: 0 when nothing had been seen */
	int64_t ts_ns;
};
/* New bytes of end e were taken in. */
void conn_note_said(struct conn *c, int e, const struct said *x);
/* The beginning of an answer will not come any more. */
void conn_wait_forget(struct conn *c);
/* As in struct session. */
int64_t conn_wait_ns(const struct conn *c, int e);
/* Tells the order module which positions need not be waited for. */
void conn_sync_order(struct conn *c);
/* A packet of end e had a bad checksum. */
void conn_bad_checksum(struct conn *c, int e);
/* One more packet of end e that was captured twice. */
void conn_count_copy(struct conn *c, int e);
/* Takes in a segment, logged already. */
void conn_input(struct conn *c, int e, const struct segment *seg);
/* A segment that fits nowhere, or a SYN that began nothing: counted. */
void conn_wild(struct conn *c, int e, const struct segment *seg);
/* The close event, unless the session is passed over. */
void conn_report_close(struct conn *c, enum close_reason reason);

#endif
