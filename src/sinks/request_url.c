/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* request_url.c: puts URLs together from what requests say. */
#include "sinks/request_url.h"

#include "base/fmt.h"
#include "proto/media.h"

#define HTTP_PORT 80
#define HTTPS_PORT 443

/* scheme:// at the beginning (RFC 3986, 3.1). */
static bool
is_absolute(struct slice target)
{
	size_t n = 0;

	while (n < target.n &&
	    ((target.p[n] | 0x20) >= 'a' && (target.p[n] | 0x20) <= 'z'))
		n++;
	while (n > 0 && n < target.n && target.p[n] != ':' &&
	    (target.p[n] == '+' || target.p[n] == '-' || target.p[n] == '.' ||
		(target.p[n] >= '0' && target.p[n] <= '9') ||
		((target.p[n] | 0x20) >= 'a' && (target.p[n] | 0x20) <= 'z')))
		n++;
	return n > 0 && target.n - n >= 3 && target.p[n] == ':' &&
	    target.p[n + 1] == '/' && target.p[n + 2] == '/';
}

static void
put_address(struct buf *b, const struct endpoint *e, uint16_t usual)
{
	char text[FMT_ENDPOINT_LEN];

	if (e->port != usual) {
		fmt_endpoint(text, e->addr, e->family, e->port);
		buf_str(b, text);
		return;
	}
	fmt_addr(text, e->addr, e->family);
	buf_str(b, e->family == 6 ? "[" : "");
	buf_str(b, text);
	buf_str(b, e->family == 6 ? "]" : "");
}

void
request_url(struct buf *b, const struct message *m,
    const struct sink_session *ss)
{
	const struct http_request *r = m->request;
	bool tls = sink_is_opened(ss);
	bool to_server = (m->dir == 0) == message_is_request(m);

	buf_reset(b);
	if (!is_absolute(r->target) && !slice_is(r->method, "CONNECT")) {
		buf_str(b, tls || r->https ? "https://" : "http://");
		if (r->host.n > 0)
			buf_put(b, r->host.p, r->host.n);
		else
			put_address(b, to_server ? &ss->server : &ss->client,
			    tls ? HTTPS_PORT : HTTP_PORT);
	}
	buf_put(b, r->target.p, r->target.n);
	if (b->n > REQUEST_URL_MAX)
		b->n = REQUEST_URL_MAX;
}

struct slice
message_type(struct buf *b, struct slice type)
{
	struct slice essence = media_essence(type);

	buf_reset(b);
	for (size_t i = 0; i < essence.n; i++) {
		uint8_t c = essence.p[i];

		buf_byte(b, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c);
	}
	return (struct slice){ b->n > 0 ? b->p : NULL, b->n };
}
