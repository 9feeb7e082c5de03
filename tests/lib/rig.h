/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * rig.h: one stream with everything around it, for tests: what it says is
 * written down, and its invariants are checked after every step.
 *
 * Offsets count from the first byte after the SYN.
 */
#ifndef LIB_RIG_H
#define LIB_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "reassembly/stream_parts.h"

struct rig {
	struct stream_rules cfg;
	struct stream_env env;
	struct stream s;
	struct spill *keep;
	size_t memory;
	uint32_t isn;
	struct stamp stamp; /* of the next segment */
	/* What was said: */
	struct buf out; /* bytes, with one '~' '%' '^' for each byte
				 * of a hole (not captured, snaplen,
				 * max-bytes); "~(N)" when there are many */
	struct buf raw; /* the bytes alone */
	uint64_t told;	/* offset that must come next */
	uint64_t gap_bytes;
	uint64_t last_gap_end; /* position */
	uint64_t arrived_end;
	unsigned settled;
	unsigned skips;
	bool takes_late;     /* bytes of gaps that were told of */
	struct buf late;     /* those, with their offsets: "2:cd " */
	uint64_t late_bytes; /* of gaps that are none any more */
};

/* cfg is copied; NULL: as the program has it by default. */
void rig_init(struct rig *r, uint32_t isn, const struct stream_rules *cfg);
/* The stream must have given back all it took. */
void rig_fini(struct rig *r);
struct stream_rules rig_default_config(void);

void rig_syn(struct rig *r);
/* Payload at off; '%' in it stands for bytes that the snap length cut. */
enum push rig_push(struct rig *r, uint64_t off, struct slice s, uint64_t len,
    bool weak);
/* The same of a segment that no receiver would take. */
void rig_refuse(struct rig *r, uint64_t off, struct slice s);
/* The peer says something that acknowledges nothing. */
void rig_spoke(struct rig *r);
uint64_t rig_ack(struct rig *r, uint64_t off);
void rig_fin(struct rig *r, uint64_t off);
void rig_end(struct rig *r, bool fin_likely);

/* What is held, from offset 0 (before a base is known: from the lowest byte
 * held): '.' for bytes that are not, '%' for those cut by the snap length. */
void rig_held(struct rig *r, struct buf *out);
/* Counters that are not 0 ("retransmitted 3, late 2"), conflicts and gaps. */
void rig_facts(struct rig *r, struct buf *out);

/* Aborts when an invariant does not hold. */
void rig_check(const struct rig *r);

#endif
