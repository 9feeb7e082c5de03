/* plain.h: the inner loop of those who escape text. */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stdint.h>

#include "base/cur.h"

/* Bytes that are written for each form, whatever its length. */
#define PLAIN_FORM 8

/*
 * What a byte becomes: text[0..len), with the byte itself put at raw_at and its
 * two hexadecimal digits at digits_at; positions that the form has no use for
 * lie at or beyond len.
 */
struct plain_form {
	char text[PLAIN_FORM];
	uint8_t len;
	uint8_t raw_at;
	uint8_t digits_at;
};

/* Classes of a byte: those below PLAIN_LEAD are numbers of forms, 0 is the
 * byte as it is. */
enum {
	PLAIN_LEAD = 6,	 /* begins a UTF-8 sequence, if one follows */
	PLAIN_OTHER = 7, /* not for plain_put */
};

struct plain_table {
	uint8_t class_of[256];
	struct plain_form forms[PLAIN_LEAD];
	uint8_t undecodable; /* class of a lead byte that nothing follows */
	uint8_t other[2];    /* printable ASCII that is PLAIN_OTHER */
};

/* Rows of class_of; what lies beyond ASCII is the same in all tables. */
#define PLAIN_ROW4(x) x, x, x, x
#define PLAIN_ROW8(x) PLAIN_ROW4(x), PLAIN_ROW4(x)
#define PLAIN_ROW16(x) PLAIN_ROW8(x), PLAIN_ROW8(x)
#define PLAIN_HIGH(bad)                                                        \
	/* 80 */ PLAIN_ROW16(bad), PLAIN_ROW16(bad),                           \
	    /* a0 */ PLAIN_ROW16(bad), PLAIN_ROW16(bad), /* c0 */ bad, bad,    \
	    PLAIN_LEAD, PLAIN_LEAD, PLAIN_ROW4(PLAIN_LEAD),                    \
	    PLAIN_ROW8(PLAIN_LEAD), /* d0 */ PLAIN_ROW16(PLAIN_LEAD),          \
	    PLAIN_ROW16(PLAIN_LEAD), /* f0 */ PLAIN_ROW4(PLAIN_LEAD),          \
	    PLAIN_LEAD, bad, bad, bad, PLAIN_ROW8(bad)

/*
 * Writes at w what the bytes at c->pos become and moves c past them: up to
 * the end, or to one that is PLAIN_OTHER or may begin a UTF-8 sequence.
 * Returns the end of what was written; PLAIN_FORM bytes more may have been
 * touched.
 */
uint8_t *plain_put(uint8_t *w, struct cur *c, const struct plain_table *t);

#endif
