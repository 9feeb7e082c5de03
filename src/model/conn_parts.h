/*
 * conn_parts.h: what the files of the connection share; nobody else's.
 *
 * conn.c: how one begins, is logged and ends.  conn_take.c: what a segment
 * means.  conn_tell.c: what others are told.
 */
#ifndef MODEL_CONN_PARTS_H
#define MODEL_CONN_PARTS_H

#include "model/conn.h"
#include "model/seglog.h"

/* What streams tell; in conn_tell.c. */
extern const struct stream_ops conn_stream_ops;

/* What the stream of end e is called with. */
struct stream_env conn_env(struct conn *c, int e);
/* Where its bytes wait. */
struct keep *conn_keep(const struct conn *c);
/* False when the session is not wanted, as far as is known now. */
bool conn_is_wanted(const struct conn *c);
/* The end that counts as the client as long as nothing better is known. */
int conn_originator(const struct conn *c);
/* Roles are needed now. */
void conn_settle_roles(struct conn *c);
/* What is to be told, or not, is decided now. */
void conn_settle_selection(struct conn *c);
/* Tells the order module which positions need not be waited for. */
void conn_sync_order(struct conn *c);
/* Takes in a segment, logged already. */
void conn_take(struct conn *c, int e, const struct segment *seg);
/* The candidate was a stray SYN: counted, not believed. */
void conn_refuse_candidate(struct conn *c);
/* The close event, unless the session is passed over. */
void conn_tell_close(struct conn *c, enum close_reason reason);

#endif
