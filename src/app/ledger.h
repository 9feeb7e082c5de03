/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ledger.h: what a list of captures says of one: of a capture that was read
 * now, and of one whose capture.jsonl an earlier run has left. */
#ifndef APP_LEDGER_H
#define APP_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "app/manifest.h"
#include "base/attr.h"
#include "base/cur.h"
#include "base/incomplete.h"

struct ledger_facts {
	uint64_t size; /* of the capture's file; 0: nobody knows */
	uint64_t packets;
	uint64_t sessions; /* that are in the index */
	uint64_t bytes;	   /* of payload in them, */
	uint64_t missing;  /* ... and what was not captured of it */
	uint64_t warnings; /* lines of them */
	int64_t first_ns;  /* of the first packet, and of the last; when */
	int64_t last_ns;   /* ... there are packets */
	struct incomplete_set words;
};

/* m is complete. */
void ledger_of_manifest(struct ledger_facts *out, const struct manifest *m);
/* The same from its text, which anybody may have changed: false, with *out
 * zeros, when that is no ledger. */
bool ledger_parse(struct slice text, struct ledger_facts *out) ATTR_NODISCARD;
/* The same from the one in the directory at path below dirfd; false also when
 * there is none, or none of ours. */
bool ledger_read(int dirfd, const char *path,
    struct ledger_facts *out) ATTR_NODISCARD;

#endif
