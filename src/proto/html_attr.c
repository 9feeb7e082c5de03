/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_attr.c: the names and values of a tag. */
#include <string.h>

#include "proto/html_parts.h"

void
html_tag_begin(struct html *h, bool closing)
{
	struct html_tag *t = &h->tag;

	t->name.n = t->prefix.n = t->attr.n = 0;
	t->closing = closing;
	t->self_closing = false;
	t->value = NULL;
	t->url = NULL;
	t->n_declared = 0;
	for (size_t i = 0; i < HTML_ATTRS; i++)
		t->values[i].there = false;
	h->state = H_TAG_NAME;
}

void
html_name_add(const struct html *h, struct html_name *name, uint8_t c)
{
	if (name->n < HTML_NAME_MAX)
		name->text[name->n++] = (char)(h->xml ? c : html_lower(c));
}

void
html_name_prefix(struct html_tag *t)
{
	t->prefix = t->name;
	t->name.n = 0;
}

static void
clear(struct html_value *v)
{
	v->there = true;
	v->n = 0;
}

/* xmlns or xmlns:prefix; false when the name is another. */
static bool
declares(struct html_tag *t)
{
	static const char xmlns[] = "xmlns";
	const size_t n = sizeof xmlns - 1;
	struct html_declared *d = &t->declared[t->n_declared];

	if (t->attr.n < n || memcmp(t->attr.text, xmlns, n) != 0 ||
	    (t->attr.n > n && t->attr.text[n] != ':') ||
	    t->n_declared == HTML_DECLARED_MAX)
		return false;
	t->n_declared++;
	d->prefix.n = 0;
	if (t->attr.n > n) {
		d->prefix.n = (uint8_t)(t->attr.n - n - 1);
		memcpy(d->prefix.text, t->attr.text + n + 1, d->prefix.n);
	}
	clear(&d->value);
	t->value = &d->value;
	return true;
}

/* The first of several attributes of a name counts. */
void
html_attr_named(struct html *h)
{
	static const char *const names[HTML_ATTRS] = {
		[HTML_TYPE] = "type",
		[HTML_LANGUAGE] = "language",
		[HTML_FOR] = "for",
		[HTML_EVENT] = "event",
		[HTML_NOMODULE] = "nomodule",
		[HTML_SHADOW_ROOT] = "shadowrootmode",
		[HTML_REL] = "rel",
		[HTML_ENCODING] = "encoding",
		[HTML_COLOR] = "color",
		[HTML_FACE] = "face",
		[HTML_SIZE] = "size",
		[HTML_SRC] = "src",
		[HTML_HREF] = "href",
		[HTML_XLINK_HREF] = "xlink:href",
	};
	struct html_tag *t = &h->tag;

	t->value = NULL;
	t->url = NULL;
	if (h->xml && declares(t))
		return;
	for (size_t i = 0; i < HTML_ATTRS; i++) {
		if (!html_name_is(&t->attr, names[i]) || t->values[i].there)
			continue;
		clear(&t->values[i]);
		t->value = &t->values[i];
		if (i >= HTML_SRC) {
			t->url = &t->urls[i - HTML_SRC];
			buf_reset(t->url);
		}
	}
}

void
html_value_add(struct html *h, uint8_t c)
{
	struct html_value *v = h->tag.value;

	if (h->tag.url != NULL) {
		/* One that is too long is no URL. */
		if (h->tag.url->n <= URL_MAX)
			buf_byte(h->tag.url, c);
		return;
	}
	if (v != NULL && v->n < sizeof v->text)
		v->text[v->n++] = (char)c;
}

struct slice
html_value_of(struct html *h, enum html_attr attr)
{
	struct html_value *v = &h->tag.values[attr];
	struct buf *url =
	    attr >= HTML_SRC ? &h->tag.urls[attr - HTML_SRC] : NULL;

	if (!v->there)
		return (struct slice){ NULL, 0 };
	if (url != NULL) {
		buf_room(url, 1); /* so that p is no NULL */
		url->n = html_unescape((char *)url->p, url->n, h->xml);
		return (struct slice){ url->p, url->n };
	}
	v->n = (uint8_t)html_unescape(v->text, v->n, h->xml);
	return (struct slice){ (const uint8_t *)v->text, v->n };
}
