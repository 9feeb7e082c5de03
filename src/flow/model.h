/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* model.h: what the rooms of the model share: settings and limits. */
#ifndef FLOW_MODEL_H
#define FLOW_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "reassembly/types.h"
#include "flow/selection.h"

enum checksum_policy { CHECKSUMS_AUTO, CHECKSUMS_IGNORE, CHECKSUMS_DROP };

/* A closed session stays known for so long, by the capture's clock; shorter
 * where somebody waits for it. */
#define MODEL_LINGER_NS ((int64_t)120 * 1000000000)
#define MODEL_LINGER_LIVE_NS ((int64_t)5 * 1000000000)
/* A session that is over is shown so long after its end, where somebody waits
 * for it: what its peers say last (a reset, copies of the last packets) is in.
 * After a reset, as long as it stays known in live capture. */
#define MODEL_SHOW_NS ((int64_t)500 * 1000000)
/* At most so many stay known whole, beside those whose last FIN nobody has
 * acknowledged; of others no more is known than which segments are late
 * copies. */
#define MODEL_LINGER_MAX 1024
/* At most so many open connections are whole; those longest unused are packed
 * when they are at rest. */
#define MODEL_WHOLE_MAX 4096

/* Const while a capture is read. */
struct model_config {
	struct stream_rules stream;
	enum checksum_policy checksum;
	bool split_vlan;
	int64_t idle_ns;     /* 0: sessions never fall idle */
	int64_t linger_ns;   /* 0: MODEL_LINGER_NS */
	uint64_t max_memory; /* records and held data */
	uint32_t whole_max;  /* 0: MODEL_WHOLE_MAX */
	struct selection selection;
};

#endif
