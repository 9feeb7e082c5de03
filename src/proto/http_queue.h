/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http_queue.h: the requests that wait for their responses. */
#ifndef PROTO_HTTP_QUEUE_H
#define PROTO_HTTP_QUEUE_H

#include "proto/message.h"

/* Zero-initialised is empty. */
struct http_queue {
	struct http_request *first;
	struct http_request *last;
	size_t n;
	size_t size;
	uint64_t skipped; /* requests behind the last that are not stored */
};

/* A copy of what a head says, with one owner, who calls request_free.
 * peer_pos: how far the other direction was when it was sent. */
struct http_request *request_new(const struct http_head *head,
    uint64_t exchange, uint64_t peer_pos);
/* Of one owner less, or none; r may be NULL. */
void request_free(struct http_request *r);
/* Becomes one more owner. */
void queue_put(struct http_queue *q, struct http_request *r);
/* The request that the next response answers, or NULL; the caller
 * becomes its owner instead. */
struct http_request *queue_take(struct http_queue *q);
/*
 * Responses may have been lost: moves the requests that were sent before the
 * last one's time to `lost', which is empty.  Those that were sent together
 * could be any, and go there too.
 */
void queue_resync(struct http_queue *q, struct http_queue *lost);
void queue_free(struct http_queue *q);

#endif
