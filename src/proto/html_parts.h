/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_parts.h: what the files share whose names begin with html. */
#ifndef PROTO_HTML_PARTS_H
#define PROTO_HTML_PARTS_H

#include "base/buf.h"
#include "proto/html.h"
#include "proto/url.h"

/* Longer names are none of ours: they are cut. */
#define HTML_NAME_MAX 16
/* A longer type is no type of JavaScript, a longer namespace none of ours. */
#define HTML_VALUE_MAX 96
/* "</" and a name, or a character reference. */
#define HTML_PEND_MAX (HTML_NAME_MAX + 4)
/* Templates, and elements of SVG and MathML, within each other. */
#define HTML_OPEN_MAX 128
/* Namespaces that are declared at a time, and in one tag. */
#define HTML_BOUND_MAX 32
#define HTML_DECLARED_MAX 4
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
	H_REFERENCE, /* & in the text of a script that is marked up */
	H_RAW,	     /* text up to an end tag */
	H_PLAIN,     /* text up to the end */
};

enum html_attr {
	HTML_TYPE,
	HTML_LANGUAGE,
	HTML_FOR,
	HTML_EVENT,
	HTML_NOMODULE,
	HTML_SHADOW_ROOT,
	HTML_REL,
	HTML_ENCODING,
	HTML_COLOR,
	HTML_FACE,
	HTML_SIZE,
	HTML_SRC, /* from here on URLs */
	HTML_HREF,
	HTML_XLINK_HREF,
	HTML_ATTRS,
};
#define HTML_URLS (HTML_ATTRS - HTML_SRC)

struct html_value {
	bool there;
	uint8_t n;
	char text[HTML_VALUE_MAX];
};

/* A namespace, as far as it has scripts. */
enum html_space { SPACE_OTHER, SPACE_HTML, SPACE_SVG };

struct html_name {
	char text[HTML_NAME_MAX];
	uint8_t n;
};

/* xmlns:prefix="value" in a tag; no prefix for xmlns="value". */
struct html_declared {
	struct html_name prefix;
	struct html_value value;
};

/* The same, of an element that is open. */
struct html_bound {
	struct html_name prefix;
	enum html_space space;
	unsigned depth;
};

struct html_tag {
	struct html_name name;
	struct html_name prefix; /* in XML */
	bool closing;
	bool self_closing;
	struct html_name attr;	  /* name of the one at hand */
	struct html_value *value; /* of the one at hand, NULL: not ours */
	struct buf *url;	  /* the same, when it is a URL */
	struct html_value values[HTML_ATTRS];
	struct buf urls[HTML_URLS];
	struct html_declared declared[HTML_DECLARED_MAX];
	unsigned n_declared;
};

/* How the page's bytes become those that are read. */
enum html_encoding {
	ENCODING_OPEN, /* its first bytes decide */
	ENCODING_BYTES,
	ENCODING_UTF16_LE,
	ENCODING_UTF16_BE,
	ENCODING_NONE, /* of those that browsers do not read */
};

struct html {
	const struct html_events *events;
	void *owner;
	bool xml;
	enum html_state state;
	uint64_t off; /* in the page, of the byte at hand */
	struct html_tag tag;

	enum html_encoding encoding;
	enum html_encoding named; /* by its Content-Type, or open */
	uint8_t first[6];	  /* what waits: bytes that decide, or half
				   * of a unit of UTF-16 */
	uint8_t n_first;
	uint16_t high; /* the first half of a pair of units, or 0 */
	bool odd;      /* the next byte is the second half of a lost unit */

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
	const char *why; /* ... and it is not run */
	bool begun;	 /* ... and some has been */
	bool marked_up;	 /* its text is marked up as any other */
	unsigned depth;	 /* elements within one that is marked up */
	uint64_t script_off;
	uint8_t out[HTML_OUT_MAX];
	size_t n_out;

	bool has_base;
	/* Of HTML.  Open elements that change what others mean: see
	 * html_tree.c. */
	char open[HTML_OPEN_MAX];
	unsigned n_open;
	unsigned inert; /* of them, templates whose scripts do not run */
	bool in_body;	/* what belongs into a head is over */
	bool filled;	/* ... and a frame set cannot take its place */
	bool frames;	/* the page is a frame set */
	/* Of XML. */
	struct html_bound bound[HTML_BOUND_MAX];
	unsigned n_bound;
	unsigned n_elements; /* that are open */
	unsigned template;   /* n_elements in the outermost template, or 0 */
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

static inline bool
html_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline uint8_t
html_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static inline bool
html_name_is(const struct html_name *name, const char *word)
{
	/* Most differ in their first letter. */
	return name->n > 0 && name->text[0] == word[0] &&
	    name->n == strlen(word) && memcmp(name->text, word, name->n) == 0;
}

/* html.c: the characters of the page, as html_decode.c makes them. */
void html_read(struct html *h, struct slice bytes);
/* Some are missing: what follows is read as the beginning is. */
void html_read_gap(struct html *h);
void html_read_end(struct html *h);
/* Bytes of the page that the byte c of what is read stands for. */
static inline unsigned
html_width(const struct html *h, uint8_t c)
{
	if (h->encoding == ENCODING_BYTES)
		return 1;
	return (c & 0xc0) == 0x80 ? 0 : c >= 0xf0 ? 4 : 2;
}

/* html_encoding.c: what the name of an encoding means for reading. */
enum html_encoding html_encoding_named(struct slice charset);

/* html_attr.c: names and values of a tag. */
void html_tag_begin(struct html *h, bool closing);
/* Adds to a name, which is cut at its room. */
void html_name_add(const struct html *h, struct html_name *name, uint8_t c);
/* What has come of the tag's name is its prefix (Namespaces in XML, 4). */
void html_name_prefix(struct html_tag *t);
/* The name of an attribute has ended. */
void html_attr_named(struct html *h);
void html_value_add(struct html *h, uint8_t c);
/* A value with its references replaced; p is NULL without one. */
struct slice html_value_of(struct html *h, enum html_attr attr);

/* html_script.c: the text of scripts. */
void html_text(struct html *h, uint8_t c);
void html_text_run(struct html *h, struct slice s);
void html_script_end(struct html *h, bool closed);
/* One byte of H_RAW; true when it was the end of the element's end tag's
 * name, and must be read again. */
bool html_raw_byte(struct html *h, uint8_t c);

/* html_reference.c: character references. */
/* One byte of H_REFERENCE; false when it must be read again. */
bool html_reference_byte(struct html *h, uint8_t c);
/* Replaces those of an attribute's value; returns the new length. */
size_t html_unescape(char *text, size_t n, bool xml);
/* Writes cp; to has room for 4 bytes.  Returns how many. */
size_t html_put_utf8(char *to, uint32_t cp);

/* html_tree.c, html_xml.c: what a tag that has ended means; sets the state. */
void html_tag_ended(struct html *h);
void html_xml_tag(struct html *h);
/* Behind a hole as much is forgotten as is not certain. */
void html_xml_gap(struct html *h);
/* Text that is no blank, in no element whose content is text. */
void html_tree_text(struct html *h);

/* html_element.c: scripts, and what names them.  svg: it is one of SVG; why:
 * where it stands no script is run, or NULL. */
void html_open_script(struct html *h, bool svg, bool marked_up,
    const char *why);
void html_open_base(struct html *h);
void html_open_link(struct html *h);

#endif
