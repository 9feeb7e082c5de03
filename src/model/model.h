/* model.h: what the rooms of the model share: settings and limits. */
#ifndef MODEL_MODEL_H
/* What malloc adds to each piece of memory, about. */
#define MODEL_MALLOC_COST ((size_t)16)
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/selection.h"

/* Who wins when copies of a byte differ (Novak and Sturges, 2007). */
enum overlap {
	OVERLAP_FIRST,
	OVERLAP_LAST,
	OVERLAP_BSD,
	OVERLAP_LINUX,
	OVERLAP_WINDOWS,
	OVERLAP_SOLARIS,
};

enum checksum_policy { CHECKSUMS_AUTO, CHECKSUMS_IGNORE, CHECKSUMS_DROP };

/* A direction without SYN settles its base once so much of it is held, and
 * data that waits for a better copy waits no longer. */
#define MODEL_SETTLE_BYTES ((uint64_t)64 << 10)
/* A hole that the peer acknowledged is certain after so much more data. */
#define MODEL_HOLE_BYTES ((uint64_t)1 << 20)
/* A closed session stays known for so long, by the capture's clock; shorter
 * where somebody waits for it. */
#define MODEL_LINGER_NS ((int64_t)120 * 1000000000)
#define MODEL_LINGER_LIVE_NS ((int64_t)5 * 1000000000)
/* At most so many stay known whole, beside those whose last FIN nobody has
 * acknowledged; of others no more is known than which segments are late
 * copies. */
#define MODEL_LINGER_MAX 1024
/* At most so many open connections are whole; those longest unused are packed
 * when they are at rest. */
#define MODEL_WHOLE_MAX 4096

/* Const while a capture is read. */
struct model_config {
	enum overlap overlap;
	enum checksum_policy checksum;
	bool strict;
	bool split_vlan;
	uint64_t max_bytes;  /* of each direction; UINT64_MAX: all */
	uint64_t max_gap;    /* see stream.h */
	int64_t idle_ns;     /* 0: sessions never fall idle */
	int64_t linger_ns;   /* 0: MODEL_LINGER_NS */
	uint64_t max_memory; /* records and held data */
	uint32_t whole_max;  /* 0: MODEL_WHOLE_MAX */
	struct selection selection;
};

/* Which packet brought some bytes, and what its sender knew. */
struct stamp {
	uint64_t packet;  /* in the capture, from 1 */
	uint64_t ordinal; /* in the session, from 1 */
	int64_t ts_ns;
	uint64_t need; /* position of the peer's stream it acks */
};

#endif
