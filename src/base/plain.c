/*
 * plain.c: the inner loop of those who escape text.
 *
 * Text is mostly plain and goes eight bytes at a time.  Binary data has no
 * pattern that a branch predictor could learn, so there each byte's form is
 * written whole and its length is added.
 */
#include "base/plain.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct plain_form) == PLAIN_FORM, "one store");

/* c in each of 8 bytes. */
static inline uint64_t
each(uint8_t c)
{
	return UINT64_C(0x0101010101010101) * c;
}

/* Not 0 when a byte of v is less than c, which is at most 0x80. */
static inline uint64_t
some_less(uint64_t v, uint8_t c)
{
	return (v - each(c)) & ~v & each(0x80);
}

static inline bool
eight_plain(uint64_t v, const uint8_t other[2])
{
	return ((v & each(0x80)) | some_less(v, 0x20) |
		   some_less(v ^ each(0x7f), 1) |
		   some_less(v ^ each(other[0]), 1) |
		   some_less(v ^ each(other[1]), 1)) == 0;
}

/* next is the byte behind it, if there is one. */
static inline bool
stops(const struct plain_form *form, uint8_t next)
{
	/* Only a continuation byte makes a sequence. */
	return form->stop > ((next & 0xc0) != 0x80);
}

uint8_t *
plain_put(uint8_t *w, struct cur *c, const struct plain_table *t)
{
	const uint8_t *p = c->pos;
	const uint8_t *end = c->end;

	while (p < end) {
		size_t n = (size_t)(end - p);
		uint64_t v;

		if (n >= sizeof v) {
			memcpy(&v, p, sizeof v);
			if (eight_plain(v, t->other)) {
				memcpy(w, &v, sizeof v);
				w += sizeof v;
				p += sizeof v;
				continue;
			}
			n = sizeof v;
		}
		for (; n > 0; n--) {
			const struct plain_form *form = &t->forms[*p];

			/* A lead byte at the end may have its sequence come. */
			if (stops(form, p + 1 < end ? p[1] : 0x80))
				goto out;
			memcpy(w, form, PLAIN_FORM);
			w += form->len;
			p++;
		}
	}
out:
	c->pos = p;
	return w;
}
