/* sorted.c: texts that wait until all are there. */
#include "sinks/sorted.h"

#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"

/* Texts are kept many at a time, but few enough that reading one of them back
 * costs little. */
#define BLOCK_LEN ((size_t)4 << 10)

struct sorted_entry {
	int64_t key;
	uint64_t tie;
	uint32_t block;
	uint32_t off; /* in the block */
	uint64_t len;
};

static void
end_block(struct sorted *s)
{
	if (s->block.n == 0)
		return;
	if (s->n_blocks == s->cap_blocks) {
		s->cap_blocks = s->cap_blocks * 2 + 16;
		s->blocks =
		    xreallocarray(s->blocks, s->cap_blocks, sizeof *s->blocks);
	}
	s->blocks[s->n_blocks++] =
	    keep_put(s->keep, (struct slice){ s->block.p, s->block.n });
	buf_reset(&s->block);
}

void
sorted_put(struct sorted *s, int64_t key, uint64_t tie, struct slice text)
{
	if (s->block.n > 0 && s->block.n + text.n > BLOCK_LEN)
		end_block(s);
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 64;
		s->entries =
		    xreallocarray(s->entries, s->cap, sizeof *s->entries);
	}
	assert(s->n_blocks <= UINT32_MAX);
	s->entries[s->n++] = (struct sorted_entry){
		.key = key,
		.tie = tie,
		.block = (uint32_t)s->n_blocks,
		.off = (uint32_t)s->block.n,
		.len = text.n,
	};
	buf_put(&s->block, text.p, text.n);
}

static int
in_order(const void *a, const void *b)
{
	const struct sorted_entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->tie != y->tie)
		return x->tie < y->tie ? -1 : 1;
	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

void
sorted_tell(struct sorted *s, void (*fn)(void *arg, struct slice text),
    void *arg)
{
	struct slice block = { 0 };
	size_t at = SIZE_MAX;

	end_block(s);
	if (s->n > 1)
		qsort(s->entries, s->n, sizeof *s->entries, in_order);
	for (size_t i = 0; i < s->n; i++) {
		const struct sorted_entry *e = &s->entries[i];

		if (e->block != at) {
			at = e->block;
			block = kept_get(s->keep, s->blocks[at]);
		}
		fn(arg, (struct slice){ block.p + e->off, (size_t)e->len });
	}
}

void
sorted_fini(struct sorted *s)
{
	for (size_t i = 0; i < s->n_blocks; i++)
		kept_free(s->keep, s->blocks[i]);
	free(s->blocks);
	free(s->entries);
	buf_free(&s->block);
}
