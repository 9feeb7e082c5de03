/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* request_url.h: the URL that a request asks for. */
#ifndef SINKS_REQUEST_URL_H
#define SINKS_REQUEST_URL_H

#include "proto/message.h"
#include "sinks/sink.h"

/* Longer ones are cut. */
#define REQUEST_URL_MAX ((size_t)8 << 10)

/*
 * Puts it in place of what b holds (RFC 9112, 3.3): as it is in absolute form,
 * HOST:PORT of CONNECT; without Host it is the address that m's request went
 * to.  m->request is not NULL.
 */
void request_url(struct buf *b, const struct message *m,
    const struct sink_session *ss);
/* The media type of m, without parameters and in lower case, in place of what
 * b holds; p is NULL without one. */
struct slice message_type(struct buf *b, struct slice type);

#endif
