/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * name.h: names of files, from what a capture says; the only place that makes
 * a path component of that.
 *
 * Names are built from addresses, ports, times and counters alone: no '/', no
 * leading '.' or '-'.
 */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/fmt.h"
#include "base/peer.h"

/* Two addresses, ports of five digits, a number of twenty, six characters more
 * and a NUL. */
#define NAME_STEM_LEN (2 * FMT_ADDR_LEN + 2 * 5 + 20 + 7)

/* CLIENT_CPORT-SERVER_SPORT-6-N, an IPv6 address as eight groups with dots
 * between: scp takes what stands before a ':' for a host, and NTFS has none.
 * Returns its length. */
size_t name_stem(char out[static NAME_STEM_LEN], const struct peer *client,
    const struct peer *server, uint64_t number);

/* The stem with its ending: ".c2s", say.  Caller frees. */
char *name_file(const char *stem, const char *ending) ATTR_NONNULL;

/* What a template gives is no longer than this. */
#define NAME_TEMPLATE_MOST 200
/* The names that tcpflow gives. */
#define NAME_TCPFLOW "%A.%a-%B.%b%V%v%C%c"

/* What a template may say of one direction of a session. */
struct name_facts {
	struct peer from; /* who sends */
	struct peer to;
	int64_t start_ns; /* of the session */
	uint64_t number;  /* of the session */
	uint16_t vlan;	  /* 0: none */
};

/* NULL, or what is wrong with fmt as a template of names. */
const char *name_template_fault(const char *fmt);

/*
 * The name that fmt, which has no fault, gives; another one for each count.
 * Without %c and %# in fmt a count above 0 follows the name: "c1".  Never
 * empty, at most NAME_TEMPLATE_MOST long.  Caller frees.
 */
char *name_from_template(const char *fmt, const struct name_facts *f,
    uint32_t count) ATTR_NONNULL;

#endif
