/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* options_select.c: reads the arguments of options that choose what standard
 * output shows, or the names of files, or ask for a comparison. */
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
		    "--format takes table, csv, json, zeek, zeek-json, text, "
		    "hex or raw, not",
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
take_only(struct parse *p, const char *arg)
{
	enum console_only *only = &p->cfg->console.only;

	if (strcmp(arg, "client") == 0)
		*only = ONLY_CLIENT;
	else if (strcmp(arg, "server") == 0)
		*only = ONLY_SERVER;
	else
		return option_fail(p, "--only takes client or server, not",
		    arg);
	return true;
}

bool
take_hash(struct parse *p, const char *arg)
{
	if (!sink_parse_hash(arg, &p->cfg->hash))
		return option_fail(p, "--hash takes md5 or sha256, not", arg);
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
