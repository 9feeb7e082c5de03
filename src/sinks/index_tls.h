/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* index_tls.h: what the index says of a session's TLS, and of the text that it
 * held. */
#ifndef SINKS_INDEX_TLS_H
#define SINKS_INDEX_TLS_H

#include "base/json.h"
#include "sinks/sink.h"

/* Puts an object, or null. */
void index_tls(struct json *j, const struct sink_session *ss);

/* The member `tls' of those facts that a person looks for; none without TLS. */
void index_tls_shown(struct json *j, const struct sink_session *ss);

#endif
