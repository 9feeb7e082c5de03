/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* options_select.c: reads the arguments of options that select sessions, choose
 * what standard output shows, or ask for a comparison. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/options.h"
#include "base/name.h"
#include "base/xalloc.h"

/* Threads beyond which more cannot help. */
#define JOBS_MAX 1024
#define ROUNDS_MAX 1000

bool
option_fail(struct parse *p, const char *what, const char *arg)
{
	snprintf(p->message, CONFIG_MESSAGE_LEN, "%s: %s", what, arg);
	return false;
}

bool
option_empty(struct parse *p)
{
	snprintf(p->message, CONFIG_MESSAGE_LEN, "--%s: the argument is empty",
	    p->row->name);
	return false;
}

void *
option_value(const struct parse *p)
{
	return (char *)p->cfg + p->row->at;
}

bool
option_count(const char *arg, uint64_t *out, const char **end)
{
	char *after;

	if (arg[0] < '0' || arg[0] > '9')
		return false;
	errno = 0;
	*out = strtoull(arg, &after, 10);
	*end = after;
	return errno == 0;
}

static bool
parse_address(const char *text, struct endpoint *e)
{
	memset(e->addr, 0, sizeof(e->addr));
	e->family = strchr(text, ':') != NULL ? 6 : 4;
	return inet_pton(e->family == 6 ? AF_INET6 : AF_INET, text, e->addr) ==
	    1;
}

static bool
parse_port(const char *text, uint16_t *port)
{
	const char *end;
	uint64_t n;

	if (!option_count(text, &n, &end) || *end != '\0' || n > UINT16_MAX)
		return false;
	*port = (uint16_t)n;
	return true;
}

/* ADDR, ADDR:PORT, [ADDR]:PORT; an address with more than one colon is IPv6
 * and has a port only behind brackets. */
static bool
parse_endpoint(const char *arg, struct endpoint_pattern *out)
{
	bool bracket = arg[0] == '[';
	char *text = xstrdup(arg + bracket);
	char *end = bracket ? strchr(text, ']') : strchr(text, ':');
	char *port = NULL;
	bool ok = !bracket || end != NULL;

	*out = (struct endpoint_pattern){ .has_addr = true };
	if (!bracket && end != NULL && strchr(end + 1, ':') != NULL)
		end = NULL;
	if (ok && end != NULL) {
		port = bracket ? end + 1 : end;
		ok = *port == ':' || (bracket && *port == '\0');
		port = *port == ':' ? port + 1 : NULL;
		*end = '\0';
	}
	ok = ok && parse_address(text, &out->ep);
	if (ok && port != NULL)
		out->has_port = ok = parse_port(port, &out->ep.port);
	free(text);
	return ok;
}

bool
take_endpoint(struct parse *p, const char *arg)
{
	if (parse_endpoint(arg, option_value(p)))
		return true;
	snprintf(p->message, CONFIG_MESSAGE_LEN,
	    "--%s takes an address such as 192.0.2.1, 192.0.2.1:80 or "
	    "[2001:db8::1]:80, not: %s",
	    p->row->name, arg);
	return false;
}

bool
take_port(struct parse *p, const char *arg)
{
	uint16_t port;

	if (!parse_port(arg, &port) || port == 0)
		return option_fail(p,
		    "--port takes a number from 1 to 65535, not", arg);
	p->cfg->model.selection.port = port;
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
	struct config *cfg = p->cfg;
	struct selection *s = &cfg->model.selection;
	const char *at = arg;

	for (;;) {
		struct number_range r;
		const char *end = parse_range(at, &r);

		if (end == NULL)
			return option_fail(p,
			    "--session takes numbers such as 3, 0-9 or "
			    "1,4,7-9, not",
			    arg);
		cfg->numbers = xreallocarray(cfg->numbers, s->n_numbers + 1,
		    sizeof(*cfg->numbers));
		cfg->numbers[s->n_numbers++] = r;
		s->numbers = cfg->numbers;
		if (*end == '\0')
			return true;
		at = end + 1;
	}
}

bool
take_match_regex(struct parse *p, const char *arg)
{
	char message[MATCH_MESSAGE_LEN];

	if (arg[0] == '\0')
		return option_empty(p);
	if (match_set_regex(&p->cfg->match, arg, message))
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

/* One product for standard output. */
static bool
set_console_product(struct parse *p, enum console_product product)
{
	struct console *c = &p->cfg->console;

	if (c->product != CONSOLE_NONE && c->product != product)
		return option_fail(p, "standard output takes one of",
		    "--summary, --packets and --print");
	c->product = product;
	return true;
}

bool
take_summary(struct parse *p, const char *arg)
{
	(void)arg;
	return set_console_product(p, CONSOLE_SUMMARY);
}

bool
take_packets(struct parse *p, const char *arg)
{
	(void)arg;
	return set_console_product(p, CONSOLE_PACKETS);
}

bool
take_print(struct parse *p, const char *arg)
{
	(void)arg;
	return set_console_product(p, CONSOLE_PRINT);
}

bool
take_format(struct parse *p, const char *arg)
{
	if (!console_parse_format(arg, &p->cfg->console.format))
		return option_fail(p,
		    "--format takes table, csv, json, zeek, text or hex, not",
		    arg);
	return true;
}

bool
take_sort(struct parse *p, const char *arg)
{
	if (!console_parse_sort(arg, &p->cfg->console.sort))
		return option_fail(p,
		    "--sort takes start, bytes, packets, duration, rtt or "
		    "wait, not",
		    arg);
	return true;
}

bool
take_template(struct parse *p, const char *arg)
{
	const char *fault = name_template_fault(arg);

	if (fault != NULL) {
		snprintf(p->message, CONFIG_MESSAGE_LEN, "--template: %s: %s",
		    fault, arg);
		return false;
	}
	p->cfg->template = arg;
	return true;
}

bool
take_names(struct parse *p, const char *arg)
{
	if (strcmp(arg, "tcpflow") != 0)
		return option_fail(p, "--names takes tcpflow, not", arg);
	p->cfg->template = NAME_TCPFLOW;
	return true;
}

static bool
parse_number(const char *arg, uint64_t most, unsigned *out)
{
	const char *end;
	uint64_t n;

	if (!option_count(arg, &n, &end) || *end != '\0' || n == 0 || n > most)
		return false;
	*out = (unsigned)n;
	return true;
}

bool
take_jobs(struct parse *p, const char *arg)
{
	if (!parse_number(arg, JOBS_MAX, &p->cfg->jobs))
		return option_fail(p,
		    "--jobs takes a number from 1 to 1024, not", arg);
	return true;
}

bool
take_verify(struct parse *p, const char *arg)
{
	if (arg == NULL)
		p->cfg->verify = PEER_TSHARK | PEER_TCPFLOW;
	else if (strcmp(arg, "tshark") == 0)
		p->cfg->verify = PEER_TSHARK;
	else if (strcmp(arg, "tcpflow") == 0)
		p->cfg->verify = PEER_TCPFLOW;
	else
		return option_fail(p, "--verify takes tshark or tcpflow, not",
		    arg);
	return true;
}

bool
take_compare(struct parse *p, const char *arg)
{
	if (!parse_number(arg, ROUNDS_MAX, &p->cfg->compare))
		return option_fail(p,
		    "--compare takes a number of rounds from 1 to 1000, not",
		    arg);
	return true;
}
