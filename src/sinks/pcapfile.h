/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * pcapfile.h: packets as the bytes of a pcap file, or of a pcapng file when
 * they are of more than one link type.
 *
 * Little-endian.  Nothing here writes: all is appended to a buffer.
 */
#ifndef SINKS_PCAPFILE_H
#define SINKS_PCAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* What the file says of itself.  More than one link type makes it pcapng. */
struct pcapfile {
	bool nano; /* times in nanoseconds, not microseconds */
	uint32_t snaplen;
	const uint16_t *linktypes; /* borrowed; at least one */
	size_t n_linktypes;
};

struct pcapfile_record {
	int64_t ts_ns;
	uint32_t len;  /* on the wire */
	uint32_t link; /* index of its link type */
};

/* The beginning of the file. */
void pcapfile_begin(struct buf *b, const struct pcapfile *f);
/* A packet; frame: its bytes, as far as they were captured.  False when the
 * file cannot say the packet's time and has the nearest that it can. */
bool pcapfile_record(struct buf *b, const struct pcapfile *f,
    const struct pcapfile_record *r, struct slice frame);

#endif
