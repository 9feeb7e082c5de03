/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* port_names.c: reads the names of ports, as /etc/services has them. */
#include "app/port_names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define PORTS 65536
#define SERVICES "/etc/services"
/* What is beyond it on a line is another. */
#define LINE_MAX_LEN 1024

struct port_name_table {
	struct port_names names;
	char letters[UINT8_MAX + 1]; /* that the names have */
	char *name[2][PORTS]; /* of TCP, of UDP; NULL where there is none */
};

/* RFC 6335, 5.1; anything else would not suit a column. */
static bool
is_plain(const char *name)
{
	size_t n = strspn(name,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-_.+");

	return n > 0 && n <= SERVICE_NAME_MAX && name[n] == '\0';
}

/* The first name of a port counts. */
static void
add_entry(struct port_name_table *t, const char *name, unsigned long port,
    const char *protocol)
{
	bool udp = strcmp(protocol, "udp") == 0;

	if ((!udp && strcmp(protocol, "tcp") != 0) || !is_plain(name) ||
	    t->name[udp][port] != NULL)
		return;
	t->name[udp][port] = xstrdup(name);
	for (const char *c = name; *c != '\0'; c++)
		if (strchr(t->letters, *c) == NULL)
			t->letters[strlen(t->letters)] = *c;
}

/* A line of services(5): NAME PORT/PROTOCOL, then other names, or a comment. */
struct entry {
	const char *name;
	unsigned long port;
	const char *protocol;
	char *others; /* as they stand there; NULL: none */
};

#define BLANK " \t\n"

/* Cuts the line; false when it is none. */
static bool
parse_line(char *line, struct entry *e)
{
	char *number, *end;

	line[strcspn(line, "#")] = '\0';
	e->name = strtok_r(line, BLANK, &e->others);
	number = e->name != NULL ? strtok_r(NULL, BLANK, &e->others) : NULL;
	if (number == NULL)
		return false;
	e->port = strtoul(number, &end, 10);
	e->protocol = end + 1;
	return end > number && *end == '/' && e->port < PORTS;
}

static FILE *
open_services(void)
{
	FILE *f;

	do
		f = fopen(SERVICES, "re");
	while (f == NULL && errno == ENOMEM && xalloc_again());
	if (f == NULL && errno == ENOMEM)
		xalloc_fail();
	return f;
}

static bool
is_called(struct entry *e, const char *name)
{
	const char *other = e->name;

	while (other != NULL && strcmp(other, name) != 0)
		other = strtok_r(NULL, BLANK, &e->others);
	return other != NULL;
}

bool
port_names_find(const char *name, uint16_t *port)
{
	char line[LINE_MAX_LEN];
	FILE *f = open_services();
	bool found = false, is_tcp = false;
	struct entry e;

	while (f != NULL && !is_tcp && fgets(line, sizeof(line), f) != NULL) {
		if (!parse_line(line, &e))
			continue;
		is_tcp = strcmp(e.protocol, "tcp") == 0;
		if ((!is_tcp && (found || strcmp(e.protocol, "udp") != 0)) ||
		    !is_called(&e, name)) {
			is_tcp = false;
			continue;
		}
		found = true;
		*port = (uint16_t)e.port;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

static const char *
of_port(void *arg, uint16_t port, uint8_t proto)
{
	const struct port_name_table *t = arg;

	return t->name[proto == PROTO_UDP][port];
}

struct port_names *
port_names_load(const struct config *cfg)
{
	struct port_name_table *t;
	char line[LINE_MAX_LEN];
	struct entry e;
	FILE *f;

	if (!cfg->files && !console_describes(&cfg->console) &&
	    !match_is_set(&cfg->match))
		return NULL;
	t = xcalloc(1, sizeof *t);
	t->names = (struct port_names){ of_port, t, t->letters };
	f = open_services();
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (parse_line(line, &e))
			add_entry(t, e.name, e.port, e.protocol);
	if (f != NULL)
		fclose(f);
	return &t->names;
}

void
port_names_free(struct port_names *s)
{
	struct port_name_table *t = (struct port_name_table *)(void *)s;

	if (t == NULL)
		return;
	for (int udp = 0; udp < 2; udp++)
		for (size_t i = 0; i < PORTS; i++)
			free(t->name[udp][i]);
	free(t);
}
