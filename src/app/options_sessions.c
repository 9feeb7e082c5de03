/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * options_sessions.c: reads the arguments of options that choose sessions.
 * Each may be given again: any of them counts.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/options.h"
#include "app/port_names.h"
#include "base/rfc3339.h"
#include "base/xalloc.h"

/* For capture.jsonl; what is said again is no other option. */
static void
note_said(struct str_list *said, const char *arg)
{
	for (size_t i = 0; i < said->n; i++)
		if (strcmp(said->v[i], arg) == 0)
			return;
	str_list_add(said, arg);
}

/* ------------------------------------------------------------------- endpoints */

/* The name of a service as well. */
static bool
parse_port(const char *text, uint16_t *port)
{
	const char *end;
	uint64_t n;

	if (!option_count(text, &n, &end))
		return text[0] != '\0' && port_names_find(text, port);
	if (*end != '\0' || n > UINT16_MAX)
		return false;
	*port = (uint16_t)n;
	return true;
}

/* An address, how many bits of it count, a port: as texts, NULL for none. */
struct endpoint_text {
	char *addr;
	char *bits;
	char *port;
};

/* Cuts p at c; what stands behind it, or NULL. */
static char *
cut_at(char *p, char c)
{
	char *at = p != NULL ? strchr(p, c) : NULL;

	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + 1;
}

/*
 * ADDR[/BITS][:PORT], [ADDR][/BITS][:PORT] or [ADDR/BITS][:PORT]; without
 * brackets and bits an address with more than one colon is IPv6 and has no port.
 */
static bool
split_endpoint(char *text, struct endpoint_text *out)
{
	char *rest;

	*out = (struct endpoint_text){ .addr = text };
	if (text[0] == '[') {
		out->addr = text + 1;
		rest = cut_at(out->addr, ']');
		if (rest == NULL ||
		    (*rest != '\0' && strchr("/:", *rest) == NULL))
			return false;
		out->bits = cut_at(out->addr, '/');
		if (*rest == '/' && out->bits != NULL)
			return false;
		if (*rest == '/')
			out->bits = rest + 1;
		out->port = cut_at(rest, ':');
		return true;
	}
	out->bits = cut_at(text, '/');
	if (out->bits != NULL)
		out->port = cut_at(out->bits, ':');
	else if (strchr(text, ':') == strrchr(text, ':'))
		out->port = cut_at(text, ':');
	return true;
}

static bool
parse_endpoint(const char *arg, struct endpoint_pattern *out)
{
	char *text = xstrdup(arg);
	struct endpoint_text t;
	const char *end;
	uint64_t bits;
	bool ok = split_endpoint(text, &t);

	*out = (struct endpoint_pattern){ .has_port = ok && t.port != NULL };
	if (ok) {
		bool six = strchr(t.addr, ':') != NULL;

		out->ep.family = six ? 6 : 4;
		bits = six ? 128 : 32;
		ok = inet_pton(six ? AF_INET6 : AF_INET, t.addr,
			 out->ep.addr) == 1;
		if (ok && t.bits != NULL)
			ok = option_count(t.bits, &bits, &end) &&
			    *end == '\0' && bits <= (six ? 128 : 32);
		out->bits = (uint8_t)bits;
	}
	ok = ok && (t.port == NULL || parse_port(t.port, &out->ep.port));
	free(text);
	return ok;
}

static bool
add_endpoint(struct parse *p, struct endpoint_patterns *list,
    struct str_list *said, const char *arg)
{
	struct endpoint_pattern one;

	if (!parse_endpoint(arg, &one)) {
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "--%s takes an address such as 192.0.2.1, 192.0.2.0/24, "
		    "192.0.2.1:80 or [2001:db8::1]:https, not: %s",
		    p->row->name, arg);
		return false;
	}
	note_said(said, arg);
	list->v = xreallocarray(list->v, list->n + 1, sizeof(one));
	list->v[list->n++] = one;
	return true;
}

bool
take_client(struct parse *p, const char *arg)
{
	return add_endpoint(p, &p->cfg->model.selection.client,
	    &p->cfg->said.client, arg);
}

bool
take_server(struct parse *p, const char *arg)
{
	return add_endpoint(p, &p->cfg->model.selection.server,
	    &p->cfg->said.server, arg);
}

bool
take_host(struct parse *p, const char *arg)
{
	return add_endpoint(p, &p->cfg->model.selection.host,
	    &p->cfg->said.host, arg);
}

bool
take_port(struct parse *p, const char *arg)
{
	struct selection *s = &p->cfg->model.selection;
	uint16_t port;

	if (!parse_port(arg, &port) || port == 0)
		return option_fail(p,
		    "--port takes a number from 1 to 65535, or the name of a "
		    "service, not",
		    arg);
	note_said(&p->cfg->said.port, arg);
	s->ports = xreallocarray(s->ports, s->n_ports + 1, sizeof(port));
	s->ports[s->n_ports++] = port;
	return true;
}

/* --------------------------------------------------------- numbers, digests, lines */

/* Value of a digit of base64, or -1. */
static int
sextet(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* 20 bytes in base64 are 27 digits, the last of four bits, and one '='. */
static bool
parse_digest(const char *text, uint8_t out[static COMMUNITY_DIGEST_LEN])
{
	uint32_t bits = 0;
	size_t n = 0;

	for (unsigned i = 0; i < 27; i++) {
		int digit = sextet(text[i]);

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		/* 6, 12, 18 and 24 bits: a byte is there but after the first. */
		if (i % 4 != 0)
			out[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return (bits & 3) == 0 && strcmp(text + 27, "=") == 0;
}

bool
take_community_id(struct parse *p, const char *arg)
{
	struct selection *s = &p->cfg->model.selection;
	uint8_t digest[COMMUNITY_DIGEST_LEN];

	if (strncmp(arg, "1:", 2) != 0 || !parse_digest(arg + 2, digest))
		return option_fail(p,
		    "--community-id takes 1: and 28 characters of base64, not",
		    arg);
	note_said(&p->cfg->said.community_id, arg);
	s->ids = xreallocarray(s->ids, s->n_ids + 1, sizeof(digest));
	memcpy(s->ids[s->n_ids++], digest, sizeof(digest));
	return true;
}

/* N or N-M, up to a comma or the end; NULL when it is neither. */
static const char *
parse_range(const char *arg, struct number_range *r)
{
	const char *end;

	if (!option_count(arg, &r->first, &end))
		return NULL;
	r->last = r->first;
	if (*end == '-' && !option_count(end + 1, &r->last, &end))
		return NULL;
	if ((*end != ',' && *end != '\0') || r->last < r->first)
		return NULL;
	return end;
}

bool
take_session(struct parse *p, const char *arg)
{
	struct selection *s = &p->cfg->model.selection;
	const char *at = arg;

	for (;;) {
		struct number_range r;
		const char *end = parse_range(at, &r);

		if (end == NULL)
			return option_fail(p,
			    "--session takes numbers such as 3, 0-9 or "
			    "1,4,7-9, not",
			    arg);
		s->numbers =
		    xreallocarray(s->numbers, s->n_numbers + 1, sizeof(r));
		s->numbers[s->n_numbers++] = r;
		if (*end == '\0')
			break;
		at = end + 1;
	}
	note_said(&p->cfg->said.session, arg);
	return true;
}

bool
take_shard(struct parse *p, const char *arg)
{
	struct selection *s = &p->cfg->model.selection;
	const char *rest;
	struct shard x;

	if (!option_count(arg, &x.part, &rest) || *rest != '/' ||
	    !option_count(rest + 1, &x.parts, &rest) || *rest != '\0' ||
	    x.part >= x.parts)
		return option_fail(p,
		    "--shard takes I/N with I from 0 to N-1, not", arg);
	note_said(&p->cfg->said.shard, arg);
	s->shards = xreallocarray(s->shards, s->n_shards + 1, sizeof(x));
	s->shards[s->n_shards++] = x;
	return true;
}

bool
take_match(struct parse *p, const char *arg)
{
	if (arg[0] == '\0')
		return option_empty(p);
	match_add_text(&p->cfg->match, arg);
	return true;
}

bool
take_match_regex(struct parse *p, const char *arg)
{
	char message[MATCH_MESSAGE_LEN];

	if (arg[0] == '\0')
		return option_empty(p);
	if (match_add_regex(&p->cfg->match, arg, message))
		return true;
	snprintf(p->message, CONFIG_MESSAGE_LEN, "--match-regex: %s: %s", arg,
	    message);
	return false;
}

/* Compiled here, as machine code cannot be made later: see confine. */
bool
take_grep(struct parse *p, const char *arg)
{
	char message[PATTERN_MESSAGE_LEN];

	str_list_add(&p->cfg->grep, arg);
	pattern_free(p->cfg->pattern);
	p->cfg->pattern = pattern_new(&p->cfg->grep, message);
	if (p->cfg->pattern != NULL)
		return true;
	snprintf(p->message, CONFIG_MESSAGE_LEN, "--grep: %s: %s", arg,
	    message);
	return false;
}

/* ----------------------------------------------------------------------- times */

/* Where the time is kept: with those by the clock or those since the first
 * packet; -1 when it is none. */
static int
parse_bound(const char *arg, int64_t *ns)
{
	if (arg[0] == '+')
		return seconds_parse(arg + 1, ns) ? 1 : -1;
	return rfc3339_parse(arg, ns) ? 0 : -1;
}

static bool
add_bound(struct parse *p, struct time_bound *b, bool least, const char *arg)
{
	int64_t ns;
	int kind = parse_bound(arg, &ns);

	if (kind < 0) {
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "--%s takes a time such as 2026-11-20T21:21:29Z, from 1678 "
		    "to 2261, or +SECONDS, at most 1000000000, not: %s",
		    p->row->name, arg);
		return false;
	}
	note_said(&b->texts, arg);
	if (!b->has[kind] || (ns < b->ns[kind]) == least)
		b->ns[kind] = ns;
	b->has[kind] = true;
	return true;
}

bool
take_after(struct parse *p, const char *arg)
{
	return add_bound(p, &p->cfg->after, true, arg);
}

bool
take_before(struct parse *p, const char *arg)
{
	return add_bound(p, &p->cfg->before, false, arg);
}

/* The time since first_ns by the clock, as near as fits. */
static int64_t
clock_of(const struct time_bound *b, int kind, int64_t first_ns)
{
	int64_t sum;

	if (kind == 0)
		return b->ns[0];
	if (__builtin_add_overflow(first_ns, b->ns[1], &sum))
		return INT64_MAX;
	return sum;
}

void
config_span(const struct config *cfg, int64_t first_ns, struct time_span *out)
{
	bool from = cfg->after.texts.n > 0, to = cfg->before.texts.n > 0;

	out->from_ns = from ? INT64_MAX : INT64_MIN;
	out->to_ns = to ? INT64_MIN : INT64_MAX;
	for (int kind = 0; kind < 2; kind++) {
		int64_t after = clock_of(&cfg->after, kind, first_ns);
		int64_t before = clock_of(&cfg->before, kind, first_ns);

		if (cfg->after.has[kind] && after < out->from_ns)
			out->from_ns = after;
		if (cfg->before.has[kind] && before > out->to_ns)
			out->to_ns = before;
	}
}
