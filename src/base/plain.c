/*
 * plain.c: the inner loop of those who escape text.
 *
 * Text is mostly plain and goes eight bytes at a time.  Binary data has no
 * pattern that a branch predictor could learn, so there a byte's class is no
 * branch: all parts of its form are written, those without a place at the
 * form's end, where the next form covers them.
 */
#include "base/plain.h"

#include <string.h>

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

/* The class of *p; next is the byte behind it, if there is one. */
static inline unsigned
class_at(const struct plain_table *t, uint8_t c, uint8_t next)
{
	unsigned k = t->class_of[c];
	unsigned lone =
	    (unsigned)(k == PLAIN_LEAD) & (unsigned)((next & 0xc0) != 0x80);

	return k - lone * (PLAIN_LEAD - t->undecodable);
}

static inline uint8_t *
put_form(uint8_t *w, const struct plain_form *form, uint8_t c)
{
	static const char digits[] = "0123456789abcdef";

	memcpy(w, form->text, PLAIN_FORM);
	w[form->digits_at] = (uint8_t)digits[c >> 4];
	w[form->digits_at + 1] = (uint8_t)digits[c & 15];
	w[form->raw_at] = c;
	return w + form->len;
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
			/* A lead byte at the end may have its sequence come. */
			unsigned k = class_at(t, *p, p + 1 < end ? p[1] : 0x80);

			if (k >= PLAIN_LEAD)
				goto out;
			w = put_form(w, &t->forms[k], *p++);
		}
	}
out:
	c->pos = p;
	return w;
}
