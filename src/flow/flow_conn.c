/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_conn.c: a record's connection: whole, packed, or nothing but SYNs.
 */
#include "flow/flow_parts.h"
#include "flow/half_open.h"

struct conn *
flows_new_conn(struct flows *f, uint32_t i)
{
	const struct key k = flow_table_key_at(&f->tab, i);
	struct endpoint ep[2];

	key_ends(&k, ep);
	return conn_new(&f->model, flow_table_at(&f->tab, i)->number, ep);
}

/* Makes the connection of a record that is nothing but SYNs. */
static void
from_half_open(struct flows *f, uint32_t i)
{
	struct flow *r = flow_table_at(&f->tab, i);
	const struct half_open half = flow_table_half(r);
	struct conn *c = flows_new_conn(f, i);

	conn_half_open(c, &half);
	flow_table_unlink(&f->tab, i);
	r->packed = false;
	r->conn = c;
	r->since_ns = f->now_ns;
	flow_table_append(&f->tab, i, KIND_LIVE);
}

static void
unpack(struct flows *f, uint32_t i)
{
	struct flow *r = flow_table_at(&f->tab, i);
	const struct key k = flow_table_key_at(&f->tab, i);
	struct packed_conn_id id = { .number = r->number };
	uint32_t at = r->quiet;

	key_ends(&k, id.ep);
	r->conn =
	    conn_unpack(&f->model, &id, &r->head, pool_at(&f->tab.quiet, at));
	r->packed = false;
	pool_give(&f->tab.quiet, at);
}

void
flows_pack(struct flows *f, uint32_t i)
{
	struct flow *r = flow_table_at(&f->tab, i);
	struct packed_conn_head head;
	uint32_t at;

	if (f->model.deferred)
		return;
	at = pool_take(&f->tab.quiet);
	if (!conn_pack(r->conn, &head, pool_at(&f->tab.quiet, at))) {
		pool_give(&f->tab.quiet, at);
		return;
	}
	r->head = head;
	r->quiet = at;
	r->packed = true;
}

struct conn *
flows_conn(struct flows *f, uint32_t i)
{
	struct flow *r = flow_table_at(&f->tab, i);

	if (r->kind == KIND_HALF_OPEN)
		from_half_open(f, i);
	else if (r->packed)
		unpack(f, i);
	return r->conn;
}

struct conn_numbers
flows_numbers(const struct flows *f, uint32_t i)
{
	const struct flow *r = flow_table_at(&f->tab, i);
	struct conn_numbers n = { 0 };

	if (r->kind != KIND_HALF_OPEN)
		return r->packed ?
		    packed_conn_numbers(pool_at(&f->tab.quiet, r->quiet)) :
		    conn_numbers(r->conn);
	if (r->half_checksum == CHECKSUM_BAD &&
	    f->model.cfg->checksum == CHECKSUMS_DROP)
		return n;
	n.space[r->half_end] = (struct seq_space){
		.end = r->half.isn + 1,
		.isn = r->half.isn,
		.syn_seen = 1,
		.known = true,
		.has_isn = true,
		.settled = true,
	};
	return n;
}

int8_t
flows_client(const struct flows *f, uint32_t i)
{
	const struct flow *r = flow_table_at(&f->tab, i);

	if (r->kind == KIND_HALF_OPEN)
		return (int8_t)r->half_end;
	return r->packed ?
	    packed_conn_client(pool_at(&f->tab.quiet, r->quiet)) :
	    conn_client(r->conn);
}

bool
flows_finish_half(struct flows *f, uint32_t i, enum close_reason reason)
{
	const struct flow *r = flow_table_at(&f->tab, i);
	const struct key k = flow_table_key_at(&f->tab, i);
	const struct half_open half = flow_table_half(r);
	struct endpoint ep[2];

	key_ends(&k, ep);
	return half_open_finish(&f->model, r->number, ep, &half, reason);
}

ATTR_FETCH static inline void
fetch(const void *p, size_t n)
{
	for (size_t at = 0; at < n; at += FETCH_LINE)
		__builtin_prefetch((const char *)p + at);
}

void
flows_fetch(const struct flows *f, uint32_t i)
{
	const struct flow *r;

	if (i == FLOW_TABLE_NONE)
		return;
	r = flow_table_at(&f->tab, i);
	flow_table_fetch_links(&f->tab, r->prev);
	flow_table_fetch_links(&f->tab, r->next);
	if (r->kind == KIND_HALF_OPEN)
		return;
	if (r->packed)
		fetch(pool_at(&f->tab.quiet, r->quiet),
		    sizeof(struct packed_conn));
	else
		fetch(r->conn, sizeof(*r->conn));
}
