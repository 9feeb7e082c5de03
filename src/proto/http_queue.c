/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http_queue.c: pairs responses with the requests that wait for them. */
#include "proto/http_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "proto/http.h"

static size_t
kept_len(struct slice s)
{
	return s.n < HTTP_FIELD_MAX ? s.n : HTTP_FIELD_MAX;
}

static struct slice
copy(struct http_request *r, size_t *at, struct slice s)
{
	struct slice own = { r->bytes + *at, kept_len(s) };

	if (own.n > 0)
		memcpy(r->bytes + *at, s.p, own.n);
	*at += own.n;
	return own;
}

struct http_request *
request_new(const struct http_head *head, uint64_t exchange, uint64_t peer_pos)
{
	size_t at = 0;
	size_t n = kept_len(head->method) + kept_len(head->target) +
	    kept_len(head->host) + kept_len(head->referer) +
	    kept_len(head->dest);
	struct http_request *r = xcalloc(1, sizeof *r + n);

	r->refs = 1;
	r->exchange = exchange;
	r->peer_pos = peer_pos;
	r->size = sizeof *r + n;
	r->method = copy(r, &at, head->method);
	r->target = copy(r, &at, head->target);
	r->host = copy(r, &at, head->host);
	r->referer = copy(r, &at, head->referer);
	r->dest = copy(r, &at, head->dest);
	r->https = head->https;
	return r;
}

void
request_free(struct http_request *r)
{
	if (r != NULL && --r->refs == 0)
		free(r);
}

static void
append(struct http_queue *q, struct http_request *r)
{
	if (q->last != NULL)
		q->last->next = r;
	else
		q->first = r;
	q->last = r;
	q->n++;
	q->size += r->size;
}

void
queue_put(struct http_queue *q, struct http_request *r)
{
	if (q->skipped > 0 || q->n == LIMIT_HTTP_QUEUE ||
	    q->size + r->size > HTTP_QUEUE_BYTES) {
		q->skipped++;
		return;
	}
	r->refs++;
	append(q, r);
}

struct http_request *
queue_take(struct http_queue *q)
{
	struct http_request *r = q->first;

	if (r == NULL) {
		if (q->skipped > 0)
			q->skipped--;
		return NULL;
	}
	q->first = r->next;
	if (q->first == NULL)
		q->last = NULL;
	q->n--;
	q->size -= r->size;
	r->next = NULL;
	return r;
}

static void
queue_move(struct http_queue *q, struct http_queue *to)
{
	append(to, queue_take(q));
}

void
queue_resync(struct http_queue *q, struct http_queue *lost)
{
	bool all = q->skipped > 0;

	q->skipped = 0;
	while (!all && q->n > 1 && q->first->peer_pos < q->last->peer_pos)
		queue_move(q, lost);
	all |= q->n > 1;
	while (all && q->n > 0)
		queue_move(q, lost);
}

void
queue_free(struct http_queue *q)
{
	q->skipped = 0;
	while (q->first != NULL)
		request_free(queue_take(q));
}
