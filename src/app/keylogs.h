/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * keylogs.h: the files of --keylog, and what they hold.
 *
 * They are read before rights are given up and before the cage closes.  A file
 * is never mapped: it may shrink.
 */
#ifndef APP_KEYLOGS_H
#define APP_KEYLOGS_H

#include "app/config.h"
#include "app/message.h"
#include "app/status.h"
#include "base/attr.h"
#include "base/digest.h"
#include "proto/tls_secrets.h"

/* What is said when there are more than LIMIT_TLS_SECRETS. */
#define KEYLOGS_FULL                                                           \
	"there are more than %llu secrets; what comes behind these is not "    \
	"used"

struct keylogs;

/*
 * Opens and reads them to their ends; in a live run no further than there is
 * something, and the rest later.  *out is NULL when there are none.
 * STATUS_USAGE after a message when one cannot be opened.
 */
enum status keylogs_open(const struct config *cfg, struct messages *m,
    struct keylogs **out) ATTR_NODISCARD;
/* Wipes what they held; k may be NULL. */
void keylogs_close(struct keylogs *k);

/* The secrets, which are k's; NULL for none. */
const struct tls_secrets *keylogs_secrets(const struct keylogs *k);
/* A digest of all that was read; empty when k is NULL. */
const char *keylogs_digest(const struct keylogs *k);
/* In a live run: reads what has come meanwhile, into a table that stands on the
 * secrets above. */
void keylogs_read_more(struct keylogs *k, struct tls_secrets *table);
/* In a live run: warns of those that held no secret. */
void keylogs_say_empty(const struct keylogs *k);

#endif
