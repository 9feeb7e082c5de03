/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_parts.h: what html.c, html_tree.c and html_script.c share. */
#ifndef PROTO_HTML_PARTS_H
#define PROTO_HTML_PARTS_H

#include "proto/html.h"

/* Longer names are none of ours: they are cut. */
#define HTML_NAME_MAX 16
/* A longer type is no type of JavaScript, except by its parameters. */
#define HTML_VALUE_MAX 96
/* "</" and a name, or a character reference. */
#define HTML_PEND_MAX (HTML_NAME_MAX + 4)
/* Elements of SVG and MathML within each other. */
#define HTML_FOREIGN_MAX 32
#define HTML_OUT_MAX 1024

enum html_state {
	H_DATA,
	H_TAG_OPEN,	/* < */
	H_END_TAG_OPEN, /* </ */
	H_TAG_NAME,
	H_BEFORE_NAME,
	H_NAME,
	H_AFTER_NAME,
	H_BEFORE_VALUE,
	H_DOUBLE,
	H_SINGLE,
	H_UNQUOTED,
	H_SELF_CLOSING, /* / in a tag */
	H_MARKUP,	/* <! */
	H_COMMENT,
	H_BOGUS,   /* up to > */
	H_DOCTYPE, /* of XML: up to a > outside [ ] and quotes */
	H_CDATA,
	H_REFERENCE, /* & in the text of an XML script */
	H_RAW,	     /* text up to an end tag */
	H_PLAIN,     /* text up to the end */
};

enum html_attr {
	HTML_TYPE,
	HTML_LANGUAGE,
	HTML_SRC,
	HTML_HREF,
	HTML_XLINK_HREF,
	HTML_SHADOW_ROOT,
	HTML_ATTRS,
};

struct html_value {
	bool there;
	uint8_t n;
	char text[HTML_VALUE_MAX];
};

struct html_tag {
	char name[HTML_NAME_MAX];
	uint8_t n_name;
	bool closing;
	bool self_closing;
	char attr[HTML_NAME_MAX]; /* name of the one at hand */
	uint8_t n_attr;
	struct html_value *value; /* of the one at hand, NULL: not ours */
	struct html_value values[HTML_ATTRS];
};

struct html {
	const struct html_events *events;
	void *owner;
	bool xml;
	enum html_state state;
	uint64_t off; /* of the byte at hand */
	struct html_tag tag;

	/* Bytes that may become markup; if not, they are text. */
	uint8_t pend[HTML_PEND_MAX];
	uint8_t n_pend;
	/* Consecutive '-' (comments, script data) or ']' (CDATA), up to 2. */
	uint8_t dashes;
	bool fresh;	 /* nothing of the comment has come */
	bool bang;	 /* "--!" of a comment's end has come */
	uint8_t level;	 /* of script data: 1 escaped, 2 double escaped */
	uint8_t quote;	 /* H_DOCTYPE */
	unsigned nest;	 /* H_DOCTYPE: of [ */
	const char *raw; /* H_RAW: the element */

	/* The script at hand. */
	bool wanted;	 /* its text is reported */
	bool begun;	 /* ... and has been */
	bool xml_script; /* its text is marked up as any other */
	unsigned depth;	 /* elements within an XML script */
	uint64_t script_off;
	uint8_t out[HTML_OUT_MAX];
	size_t n_out;

	/* Elements that change what others mean: s SVG, m MathML, capitals
	 * for those within them in which HTML goes on. */
	char foreign[HTML_FOREIGN_MAX];
	unsigned n_foreign;
	unsigned inert;	 /* templates that are open, whose scripts do not run */
	unsigned shadow; /* templates that are shadow roots */
};

static inline bool
html_is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static inline bool
html_is_alpha(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline uint8_t
html_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* html_script.c: the text of scripts. */
void html_text(struct html *h, uint8_t c);
void html_text_run(struct html *h, struct slice s);
void html_flush(struct html *h);
void html_script_end(struct html *h, bool closed);
/* One byte of H_RAW; true when it was the end of the element's end tag's
 * name, and must be read again. */
bool html_raw_byte(struct html *h, uint8_t c);
/* One byte of H_REFERENCE; false when it must be read again. */
bool html_reference_byte(struct html *h, uint8_t c);
/* Replaces character references; returns the new length. */
size_t html_unescape(char *text, size_t n);

/* html_tree.c: what a tag that has ended means; sets the state. */
void html_tag_ended(struct html *h);

#endif
