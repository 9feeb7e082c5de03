/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * multipart.h: the parts of a multipart body (RFC 2046, 5.1; RFC 7578; RFC
 * 9110, 14.6), as its bytes come.
 *
 * Direct parts only: one that is multipart itself is bytes.  What stands
 * before the first part and behind the last is passed over.
 */
#ifndef PROTO_MULTIPART_H
#define PROTO_MULTIPART_H

#include <stdbool.h>

#include "base/cur.h"
#include "proto/http_head.h"

/* Parts beyond LIMIT_PARTS are not told, and of a part's head not more is read
 * than this. */
#define MULTIPART_HEAD_MAX ((size_t)16 << 10)

/* The head of a part; borrowed for the call. */
struct multipart_head {
	unsigned number; /* from 1 */
	struct slice name;
	struct slice filename; /* p is NULL where there is none */
	struct slice type;
	struct slice range; /* Content-Range */
};

struct multipart_events {
	void (*begin)(void *owner, const struct multipart_head *head);
	void (*body)(void *owner, struct slice bytes);
	/* Bytes of the part are missing. */
	void (*hole)(void *owner, uint64_t n);
	/* whole: a delimiter came behind it. */
	void (*end)(void *owner, bool whole);
};

struct multipart;

/* type: a Content-Type; NULL when it is not multipart, or has no boundary.
 * events is borrowed as long as the reader lives. */
struct multipart *multipart_new(struct slice type,
    const struct multipart_events *events, void *owner);
/* m may be NULL. */
void multipart_free(struct multipart *m);
size_t multipart_memory(const struct multipart *m);

void multipart_put(struct multipart *m, struct slice bytes);
/* n bytes are missing. */
void multipart_gap(struct multipart *m, uint64_t n);
void multipart_finish(struct multipart *m);

#endif
