/* held.c: a skip list of segments (Pugh, 1990). */
#include "model/held.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void
held_init(struct held *h, uint32_t seed)
{
	*h = (struct held){ .random = seed | 1 };
}

void
held_fini(struct held *h, struct keep *k)
{
	struct held_node *next;

	for (struct held_node *n = h->head[0]; n != NULL; n = next) {
		next = n->next[0];
		if (n->bytes != NULL)
			kept_free(k, n->bytes);
		free(n);
	}
	held_init(h, h->random);
}

/* Each further level with probability 1/4. */
static uint8_t
random_levels(struct held *h)
{
	uint8_t levels = 1;

	h->random ^= h->random << 13;
	h->random ^= h->random >> 17;
	h->random ^= h->random << 5;
	for (uint32_t r = h->random; levels < HELD_LEVELS && (r & 3) == 0;
	     r >>= 2)
		levels++;
	return levels;
}

/* Where the nodes before pos point on, level by level. */
static void
search(struct held *h, uint64_t pos, struct held_node **before[HELD_LEVELS])
{
	struct held_node **links = h->head;

	for (int level = HELD_LEVELS - 1; level >= 0; level--) {
		while (links[level] != NULL && links[level]->pos < pos)
			links = links[level]->next;
		before[level] = &links[level];
	}
}

struct held_node *
held_find(const struct held *h, uint64_t pos)
{
	struct held_node *const *links = h->head;
	const struct held_node *last = h->tail[0];

	if (last == NULL || last->pos + last->len <= pos)
		return NULL;
	for (int level = HELD_LEVELS - 1; level >= 0; level--)
		while (links[level] != NULL &&
		    links[level]->pos + links[level]->len <= pos)
			links = links[level]->next;
	return links[0];
}

static void
append(struct held *h, struct held_node *n)
{
	for (unsigned level = 0; level < n->levels; level++) {
		n->next[level] = NULL;
		if (h->tail[level] != NULL)
			h->tail[level]->next[level] = n;
		else
			h->head[level] = n;
		h->tail[level] = n;
	}
}

struct held_node *
held_insert(struct held *h, const struct held_node *like)
{
	struct held_node **before[HELD_LEVELS];
	const struct held_node *last = h->tail[0];
	uint8_t levels = random_levels(h);
	struct held_node *n = xmalloc(sizeof(*n) + levels * sizeof(n->next[0]));

	memcpy(n, like, sizeof(*n));
	n->levels = levels;
	h->bytes += n->len;
	h->n++;
	if (last == NULL || last->pos < n->pos) {
		append(h, n);
		return n;
	}
	search(h, n->pos, before);
	for (unsigned level = 0; level < levels; level++) {
		n->next[level] = *before[level];
		*before[level] = n;
		if (n->next[level] == NULL)
			h->tail[level] = n;
	}
	return n;
}

/* The node whose next[level] is at link; NULL for the head. */
static struct held_node *
owner(struct held *h, struct held_node **link, unsigned level)
{
	if (link == &h->head[level])
		return NULL;
	return (struct held_node *)((char *)(link - level) -
	    offsetof(struct held_node, next));
}

void
held_remove(struct held *h, struct held_node *n)
{
	struct held_node **before[HELD_LEVELS];

	if (n == h->head[0])
		for (unsigned level = 0; level < n->levels; level++)
			before[level] = &h->head[level];
	else
		search(h, n->pos, before);
	for (unsigned level = 0; level < n->levels; level++) {
		assert(*before[level] == n);
		*before[level] = n->next[level];
		if (h->tail[level] == n)
			h->tail[level] = owner(h, before[level], level);
	}
	h->bytes -= n->len;
	h->n--;
	free(n);
}

size_t
held_node_cost(void)
{
	return sizeof(struct held_node) + 2 * sizeof(struct held_node *) + 32;
}
