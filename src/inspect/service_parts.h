/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* service_parts.h: what service.c, service_tcp.c and service_udp.c share. */
#ifndef INSPECT_SERVICE_PARTS_H
#define INSPECT_SERVICE_PARTS_H

#include <stdbool.h>
#include <string.h>

#include "inspect/service.h"

static inline bool
starts(struct slice s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && memcmp(s.p, text, n) == 0;
}

/* Most often not even its last character is there. */
static inline bool
has_text(struct slice s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && memchr(s.p, text[n - 1], s.n) != NULL &&
	    memmem(s.p, s.n, text, n) != NULL;
}

static inline bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* What a side's bytes mean in TCP and UDP alike. */
bool service_asks_sip(struct slice s);
bool service_answers_sip(struct slice s);
bool service_is_dns_message(struct slice s);

/* What a flow of datagrams began with. */
enum service service_udp(const struct beginning *b);
enum service service_tcp(const struct service_hints *h, const uint16_t port[2]);

#endif
