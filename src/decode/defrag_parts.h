/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * defrag_parts.h: what the files of fragments share; nobody else's.
 *
 * defrag.c: which datagram, and when it is whole, too old or too much.
 * defrag_pieces.c: the bytes of one.  defrag_source.c: who sent them, and
 * what is given up when memory is short.
 */
#ifndef DECODE_DEFRAG_PARTS_H
#define DECODE_DEFRAG_PARTS_H

#include "base/siphash.h"
#include "decode/defrag.h"

/* Offsets of fragments count in units (RFC 791, 3.1); so many make a chunk,
 * whose bitmaps are one word each. */
#define FRAGMENT_UNIT 8U
#define FRAGMENT_UNITS 64U
#define FRAGMENT_CHUNK (FRAGMENT_UNIT * FRAGMENT_UNITS)

/* 512 bytes of a datagram, in the order of their number within it. */
struct fragment_chunk {
	uint32_t number;
	uint64_t covered;  /* units that some fragment brought */
	uint64_t captured; /* of these, those whose bytes are all here */
	uint64_t starts;   /* and those at which what one brought begins */
	uint8_t data[FRAGMENT_CHUNK];
};

/* What hangs in a table by its hash; every member begins with it. */
struct defrag_link {
	struct defrag_link *chain;
	uint64_t hash;
};

struct defrag_table {
	struct defrag_link **buckets;
	size_t n_buckets; /* a power of two, at least n */
	size_t n;
};

enum defrag_list {
	OLD,	  /* unfinished, before the nursery */
	NURSERY,  /* unfinished, the newest */
	FINISHED, /* whole, or discarded: only tells copies from others */
	LISTS
};

struct defrag_source;

struct defrag_entry {
	struct defrag_link link;
	struct defrag_key key;
	struct defrag_entry *newer; /* in its list */
	struct defrag_entry *older;
	struct defrag_source *source; /* while unfinished */
	struct defrag_entry *source_newer;
	struct defrag_entry *source_older;
	struct fragment_chunk **chunks; /* sorted by number */
	struct packet *frames;		/* with bytes of their own */
	size_t n_frames;
	int64_t since_ns;
	size_t bytes; /* of itself and its chunks */
	uint16_t n_chunks;
	uint16_t room;	   /* in chunks */
	uint32_t n_prefix; /* chunks from 0 on that are covered all over */
	uint32_t lack;	   /* first byte that no frame holds, if below end */
	uint32_t end;	   /* of the datagram, when has_end */
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

/* ---- defrag_pieces.c ---- */

struct defrag_relation defrag_relate(const struct defrag_entry *e,
    const struct fragment *f);
/* Notes where the datagram ends.  False when f contradicts that, or earlier
 * fragments do. */
bool defrag_agree_on_end(struct defrag_entry *e, const struct fragment *f);
/* What e->bytes will grow by when f is filled in, at most. */
size_t defrag_fill_cost(const struct defrag_entry *e, const struct fragment *f);
/* Stores what of f no piece covers.  e->bytes is the caller's to adjust: by
 * what this returns. */
size_t defrag_fill(struct defrag_entry *e, const struct fragment *f);
/* Frees the pieces; what they took. */
size_t defrag_drop_pieces(struct defrag_entry *e);
/* True when the pieces reach from 0 to the end without a gap. */
bool defrag_is_whole(const struct defrag_entry *e);
/* Copies the bytes before `end` and the first lack into out; how many. */
uint32_t defrag_copy(const struct defrag_entry *e, uint8_t *out, uint32_t end);
/* The end of the last piece, or of the datagram when that is known. */
uint32_t defrag_known_end(const struct defrag_entry *e);

/* ---- defrag_source.c ---- */

/* Classes of what sources hold: by its logarithm. */
#define DEFRAG_CLASSES 48

struct defrag_sources {
	struct siphash_key key;
	struct defrag_table table;
	struct defrag_source *last[DEFRAG_CLASSES]; /* the newest of each */
	uint64_t classes;			    /* those that have any */
};

/* What a source takes, beside its datagrams. */
size_t defrag_source_size(void);
void defrag_sources_fini(struct defrag_sources *s);
/* Adds the datagram, with its bytes, to its source; what a new source takes,
 * or 0. */
size_t defrag_source_add(struct defrag_sources *s, struct defrag_entry *e);
/* Takes it from its source; what that took when it goes as well, or 0. */
size_t defrag_source_remove(struct defrag_sources *s, struct defrag_entry *e);
/* The source of e holds so much more, or less. */
void defrag_source_charge(struct defrag_sources *s,
    const struct defrag_entry *e, ptrdiff_t bytes);
/* The youngest datagram, but keep, of the source that holds most; NULL when no
 * source holds more than is its due. */
struct defrag_entry *defrag_source_victim(const struct defrag_sources *s,
    const struct defrag_entry *keep);

void defrag_table_init(struct defrag_table *t);
void defrag_table_fini(struct defrag_table *t);
void defrag_table_insert(struct defrag_table *t, struct defrag_link *l);
void defrag_table_remove(struct defrag_table *t, struct defrag_link *l);

/* The first that may have that hash; go on with ->chain. */
static inline struct defrag_link *
defrag_table_first(const struct defrag_table *t, uint64_t hash)
{
	return t->buckets[hash & (t->n_buckets - 1)];
}

#endif
