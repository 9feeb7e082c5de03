/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* js_parts.h: what js.c and js_head.c share. */
#ifndef SINKS_JS_PARTS_H
#define SINKS_JS_PARTS_H

#include "proto/html.h"
#include "proto/jstype.h"
#include "sinks/script_urls.h"
#include "sinks/scripts.h"

/* Of a session so many bodies wait to be named; the others are none. */
#define WAITING_MAX 1000

/* Of a capture. */
struct js_run {
	const struct sink_env *env;
	struct scripts *scripts;
	struct script_urls *urls;
	size_t counted;	       /* of their memory */
	struct spill_log late; /* see put_late */
};

/* A body that is read, or that has been and waits. */
struct js_reading {
	struct js *js;
	bool too_large;		 /* to be looked at any further */
	struct js_reading *next; /* of those that wait */
	struct jstype type;
	const char *page_why;	     /* why no script of the page is run */
	const char *why_if_named;    /* likewise, of one that waits */
	const struct message *m;     /* until it ends */
	struct script_origin origin; /* of the body, */
	struct script_origin page;   /* ... and of scripts in it */
	struct buf url;		     /* what they point to */
	struct buf page_url;
	struct buf media_type;
	struct buf method;
	struct buf place;   /* url in its one form, empty without */
	struct buf base;    /* of the URLs of a page */
	const char *reason; /* why it is not complete, NULL so far */
	bool seen;	    /* some of it has come */
	bool settled;	    /* what it is, by its first bytes */
	struct buf first;   /* ... which wait until then */
	uint64_t decoded;   /* bytes of a coded body */
	struct html *html;
	struct script *text; /* of the page, at hand; or NULL */
	struct script *body; /* the body itself, or NULL */
	size_t counted;
};

struct js {
	struct sink_session *ss;
	struct js_run *run;
	struct script_group group;
	struct js_reading *waiting; /* in order of their ends */
	struct js_reading **waiting_end;
	size_t n_waiting;
};

static inline struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){ b->p, b->n };
}

/* What the run keeps takes so many bytes now. */
void js_count_run(struct js_run *run, size_t now);
/* A page has that URL fetched; place is in its one form. */
void js_name(struct js_run *run, struct slice place, enum jstype_named as);

/* What the head says: sets origin, place, type, page_why, why_if_named and
 * reason. */
void js_read_head(struct js_reading *r);

#endif
