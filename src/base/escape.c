/*
 * escape.c: captured bytes as text that cannot forge a record or drive a
 * terminal.
 *
 * Input is taken in pieces, each of which has room for the worst case before
 * it is written, so that the loops only move a pointer.
 */
#include "base/escape.h"

#include <assert.h>
#include <string.h>

#include "base/plain.h"

#define PIECE 8192
/* A byte becomes \xNN at most, behind the '|' that it may begin. */
#define WORST 5

#define CODE_FORM(c, stop)                                                     \
	{                                                                      \
		{ '\\', 'x', PLAIN_DIGIT((c) >> 4), PLAIN_DIGIT((c)&15) }, 4,  \
		    stop                                                       \
	}
#define CODE(c) CODE_FORM(c, PLAIN_NEVER)
#define LEAD(c) CODE_FORM(c, PLAIN_LEAD)

/* clang-format off */
static const struct plain_table table = {
	.forms = {
		PLAIN_ROW8(CODE, 0x00),
		CODE(0x08), { "\\t", 2, 0 }, { "\\n", 2, PLAIN_ALWAYS },
		CODE(0x0b), CODE(0x0c), { "\\r", 2, 0 }, CODE(0x0e), CODE(0x0f),
		PLAIN_ROW16(CODE, 0x10),
		PLAIN_ROW16(PLAIN_AS_IS, 0x20),
		PLAIN_FROM_ZERO,
		CODE(0x7f),
		PLAIN_HIGH(CODE, LEAD),
	},
	.other = { '\\', '\\' },
};
/* clang-format on */

/* Second bytes that a sequence with this first byte may have. */
static bool
second_ok(uint8_t first, uint8_t c)
{
	switch (first) {
	case 0xe0:
		return c >= 0xa0 && c <= 0xbf;
	case 0xed:
		return c >= 0x80 && c <= 0x9f;
	case 0xf0:
		return c >= 0x90 && c <= 0xbf;
	case 0xf4:
		return c >= 0x80 && c <= 0x8f;
	default:
		return (c & 0xc0) == 0x80;
	}
}

int
utf8_decode(struct slice s, uint32_t *cp)
{
	uint8_t c = s.p[0];
	size_t len;

	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	if (c < 0xc2 || c > 0xf4)
		return 0;
	if (c < 0xe0 && s.n > 1) {
		*cp = (c & 0x1fu) << 6 | (s.p[1] & 0x3fu);
		return (s.p[1] & 0xc0) == 0x80 ? 2 : 0;
	}
	len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t v = c & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (i == s.n)
			return -1;
		if (i == 1 ? !second_ok(c, s.p[1]) : (s.p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s.p[i] & 0x3fu);
	}
	*cp = v;
	return (int)len;
}

bool
utf8_printable(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x0000, 0x001f },
		{ 0x007f, 0x009f },
		{ 0x200b, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2060, 0x206f },
		{ 0xd800, 0xdfff },
		{ 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb },
	};

	/* Most of what is written, first. */
	if ((cp >= 0xa0 && cp < 0x200b) || (cp >= 0x2070 && cp < 0xd800))
		return true;
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return false;
	return (cp & 0xfffe) != 0xfffe && cp <= 0x10ffff;
}

static uint8_t *
put_hex(uint8_t *w, uint8_t c)
{
	static const char digits[] = "0123456789abcdef";

	*w++ = '\\';
	*w++ = 'x';
	*w++ = (uint8_t)digits[c >> 4];
	*w++ = (uint8_t)digits[c & 15];
	return w;
}

/*
 * Writes at w what the sequence at c->pos becomes, or its first byte if it is
 * none, and moves c past it; false, with c as it was, when it is cut.
 */
static bool
put_special(uint8_t **w, struct cur *c, bool ascii)
{
	uint32_t cp;
	int len = utf8_decode((struct slice){ c->pos, cur_left(c) }, &cp);

	if (len < 0)
		return false;
	if (len > 0 && !ascii && utf8_printable(cp)) {
		memcpy(*w, c->pos, (size_t)len);
		*w += len;
		c->pos += len;
		return true;
	}
	for (int i = 0; i < (len > 0 ? len : 1); i++)
		*w = put_hex(*w, *c->pos++);
	return true;
}

static uint8_t *
put_string(uint8_t *w, const char *s)
{
	for (size_t n = 0; s[n] != '\0'; n++) {
		assert(n < ESCAPE_BEFORE);
		*w++ = (uint8_t)s[n];
	}
	return w;
}

static uint8_t *
begin_line(struct escape_lines *e, uint8_t *w)
{
	if (e->before != NULL)
		w = put_string(w, e->before);
	*w++ = '|';
	e->in_line = true;
	return w;
}

static uint8_t *
end_line(struct escape_lines *e, uint8_t *w)
{
	if (e->before != NULL)
		w = put_string(w, e->after);
	*w++ = '\n';
	e->in_line = false;
	return w;
}

/* Writes a piece of at most PIECE bytes; leaves a cut sequence in c. */
static void
put_piece(struct escape_lines *e, struct buf *b, struct cur *c)
{
	size_t worst = e->before != NULL ? WORST + 2 * ESCAPE_BEFORE : WORST;
	uint8_t *w = buf_room(b, cur_left(c) * worst + PLAIN_FORM);
	bool whole = true;

	while (whole && cur_left(c) > 0) {
		if (!e->in_line)
			w = begin_line(e, w);
		w = plain_put(w, c, &table);
		if (cur_left(c) == 0)
			break;
		if (*c->pos == '\n') {
			w = end_line(e, w);
			c->pos++;
		} else {
			whole = put_special(&w, c, e->ascii);
		}
	}
	b->n = (size_t)(w - b->p);
}

/* Writes all but a cut sequence at the end, which stays in s. */
static void
put_pieces(struct escape_lines *e, struct buf *b, struct slice *s)
{
	size_t used;

	do {
		struct cur c = cur_of(s->p, s->n < PIECE ? s->n : PIECE);

		put_piece(e, b, &c);
		used = (size_t)(c.pos - s->p);
		*s = (struct slice){ c.pos, s->n - used };
	} while (s->n > 0 && used > 0);
}

static void
put_carry(struct escape_lines *e, struct buf *b)
{
	uint8_t *w = buf_room(b, sizeof e->carry * WORST);

	for (size_t i = 0; i < e->n_carry; i++)
		w = put_hex(w, e->carry[i]);
	b->n = (size_t)(w - b->p);
	e->n_carry = 0;
}

/*
 * Goes on with the sequence that the last call left: takes bytes of s until
 * it is whole, or finds that it never will be.
 */
static void
finish_carry(struct escape_lines *e, struct buf *b, struct slice *s)
{
	while (e->n_carry > 0 && s->n > 0) {
		uint32_t cp;
		int len;

		e->carry[e->n_carry] = s->p[0];
		len = utf8_decode((struct slice){ e->carry, e->n_carry + 1u },
		    &cp);
		if (len == 0) {
			put_carry(e, b);
			return;
		}
		e->n_carry++;
		*s = (struct slice){ s->p + 1, s->n - 1 };
		if (len < 0)
			continue;
		if (!e->ascii && utf8_printable(cp))
			buf_put(b, e->carry, e->n_carry);
		else
			put_carry(e, b);
		e->n_carry = 0;
	}
}

void
escape_lines_put(struct escape_lines *e, struct buf *b, struct slice s)
{
	finish_carry(e, b, &s);
	if (s.n == 0)
		return;
	put_pieces(e, b, &s);
	if (s.n > 0)
		memcpy(e->carry, s.p, s.n);
	e->n_carry = (uint8_t)s.n;
}

void
escape_lines_end(struct escape_lines *e, struct buf *b)
{
	uint8_t *w;

	put_carry(e, b);
	if (!e->in_line)
		return;
	w = buf_room(b, ESCAPE_BEFORE + 2);
	*w++ = '\\';
	w = end_line(e, w);
	b->n = (size_t)(w - b->p);
}

void
escape_text(struct buf *b, struct slice s, bool ascii)
{
	struct cur c = cur_of(s.p, s.n);
	uint8_t *w;

	if (s.n == 0)
		return;
	w = buf_room(b, s.n * WORST + PLAIN_FORM);
	while (cur_left(&c) > 0) {
		w = plain_put(w, &c, &table);
		if (cur_left(&c) == 0)
			break;
		if (*c.pos == '\n') {
			*w++ = '\\';
			*w++ = 'n';
			c.pos++;
		} else if (!put_special(&w, &c, ascii)) {
			w = put_hex(w, *c.pos++);
		}
	}
	b->n = (size_t)(w - b->p);
}

void
escape_line(struct buf *b, struct slice s)
{
	escape_text(b, s, false);
}

void
escape_name(struct buf *b, const char *s)
{
	escape_line(b, (struct slice){ (const uint8_t *)s, strlen(s) });
}
