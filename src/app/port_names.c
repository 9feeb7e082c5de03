/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* port_names.c: reads the names of ports, as /etc/services has them. */
#include "app/port_names.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define PORTS 65536

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
add_entry(struct port_name_table *t, const struct servent *e)
{
	uint16_t port = ntohs((uint16_t)e->s_port);
	bool udp = strcmp(e->s_proto, "udp") == 0;

	if ((!udp && strcmp(e->s_proto, "tcp") != 0) || !is_plain(e->s_name) ||
	    t->name[udp][port] != NULL)
		return;
	t->name[udp][port] = xstrdup(e->s_name);
	for (const char *c = e->s_name; *c != '\0'; c++)
		if (strchr(t->letters, *c) == NULL)
			t->letters[strlen(t->letters)] = *c;
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
	const struct servent *e;

	if (!cfg->files && cfg->console.product != CONSOLE_SUMMARY &&
	    !match_is_set(&cfg->match))
		return NULL;
	t = xcalloc(1, sizeof *t);
	t->names = (struct port_names){ of_port, t, t->letters };
	setservent(1);
	while ((e = getservent()) != NULL)
		add_entry(t, e);
	endservent();
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
