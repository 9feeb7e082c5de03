/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* defrag_parts.h: what the two files of fragments share. */
#ifndef DECODE_DEFRAG_PARTS_H
#define DECODE_DEFRAG_PARTS_H

#include "decode/defrag.h"

struct fragment_piece {
	struct fragment_piece *next;
	uint32_t off;
	uint32_t len;  /* on the wire */
	uint32_t have; /* captured bytes in data */
	uint8_t data[];
};

enum defrag_list { WAITING, FINISHED, LISTS };

struct defrag_entry {
	struct defrag_key key;
	struct defrag_entry *chain; /* same bucket */
	struct defrag_entry *newer; /* in its list */
	struct defrag_entry *older;
	struct fragment_piece *pieces;
	struct fragment_piece *last; /* piece, or NULL */
	struct packet *frames;	     /* with bytes of their own */
	size_t n_frames;
	int64_t since_ns;
	size_t bytes;	  /* of itself and its pieces */
	uint32_t covered; /* sum of the pieces' len */
	uint32_t end;	  /* of the datagram, when has_end */
	uint8_t protocol;
	bool has_end;
	bool discarded; /* IPv6 with overlap: takes nothing more */
	enum defrag_list list;
};

/* How a fragment lies to those before it. */
struct defrag_relation {
	bool overlaps;
	bool differs;
	bool is_new;  /* some byte is covered by none */
	bool is_copy; /* exactly a piece, byte by byte */
};

static inline uint32_t
defrag_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t
defrag_max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

struct defrag_relation defrag_relate(const struct defrag_entry *e,
    const struct fragment *f);
/* Notes where the datagram ends.  False when f contradicts that, or earlier
 * fragments do. */
bool defrag_agree_on_end(struct defrag_entry *e, const struct fragment *f);
/* True when the pieces reach from 0 to the end without a gap. */
bool defrag_is_whole(const struct defrag_entry *e);

#endif
