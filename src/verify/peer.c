/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* peer.c: streams of other programs, and their names. */
#include "verify/peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

struct peer_stream *
peer_add(struct peer *p)
{
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 64 : 2 * p->cap;
		p->v = xreallocarray(p->v, p->cap, sizeof(*p->v));
	}
	p->v[p->n] = (struct peer_stream){ .pair = WIRE_NO_PAIR };
	return &p->v[p->n++];
}

void
peer_free(struct peer *p, struct spill *keep)
{
	for (size_t i = 0; i < p->n; i++) {
		spill_log_free(keep, &p->v[i].bytes[0]);
		spill_log_free(keep, &p->v[i].bytes[1]);
		free(p->v[i].parts);
		free(p->v[i].path);
	}
	free(p->v);
	free(p->frames);
	free(p->first);
	*p = (struct peer){ 0 };
}

static bool
parse_port(const char *text, size_t n, uint16_t *out)
{
	unsigned port = 0;

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	*out = (uint16_t)port;
	return port <= UINT16_MAX;
}

static bool
parse_address(const char *text, size_t n, struct endpoint *out)
{
	char address[INET6_ADDRSTRLEN];

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	*out = (struct endpoint){ 0 };
	out->family = memchr(text, ':', n) != NULL ? 6 : 4;
	return inet_pton(out->family == 6 ? AF_INET6 : AF_INET, address,
		   out->addr) == 1;
}

bool
peer_parse_node(const char *text, struct endpoint *out)
{
	const char *colon = strrchr(text, ':');
	size_t bracket = text[0] == '[';

	return colon != NULL && colon > text + bracket &&
	    parse_address(text + bracket, (size_t)(colon - text) - 2 * bracket,
		out) &&
	    parse_port(colon + 1, strlen(colon + 1), &out->port);
}

/* Without the zeros that fill up the numbers of an IPv4 address. */
static size_t
strip_zeros(const char *text, size_t n, char *out)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		bool first =
		    i == 0 || text[i - 1] == '.' || k == 0 || out[k - 1] == '.';
		bool more = i + 1 < n && text[i + 1] != '.';

		if (first && more && text[i] == '0')
			continue;
		out[k++] = text[i];
	}
	return k;
}

/* ADDR.PORT, which n bytes are. */
static bool
parse_half(const char *text, size_t n, struct endpoint *out)
{
	char stripped[64];
	size_t dot = n;

	while (dot > 0 && text[dot - 1] != '.')
		dot--;
	if (dot == 0 || dot > sizeof(stripped))
		return false;

	const char *address = text;
	size_t len = dot - 1;

	if (memchr(text, ':', len) == NULL) {
		len = strip_zeros(text, len, stripped);
		address = stripped;
	}
	return parse_address(address, len, out) &&
	    parse_port(text + dot, n - dot, &out->port);
}

bool
peer_parse_file(const char *name, struct endpoint *src, struct endpoint *dst)
{
	const char *dash = strchr(name, '-');
	size_t n;

	if (dash == NULL)
		return false;
	n = strcspn(dash + 1, "-");
	/* A number of those that share the name follows a letter. */
	for (size_t i = n; i-- > 0 && dash[1 + i] != '.' && dash[1 + i] != ':';)
		if (dash[1 + i] == 'c')
			n = i;
	return parse_half(name, (size_t)(dash - name), src) &&
	    parse_half(dash + 1, n, dst);
}
