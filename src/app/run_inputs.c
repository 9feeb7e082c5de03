/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run_inputs.c: finds the captures of the PATHs, compiles the filter, and opens
 * the interface. */
#include "app/run_inputs.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/live_run.h"
#include "app/message.h"
#include "decode/decode.h"

static bool
is_filter_like(const char *path)
{
	static const char *const words[] = { "port", "host", "net", "tcp",
		"udp", "ip", "ip6", "src", "dst", "not", "vlan", NULL };

	for (size_t i = 0; words[i] != NULL; i++) {
		size_t n = strlen(words[i]);

		if (strncmp(path, words[i], n) == 0 &&
		    (path[n] == ' ' || path[n] == '\0'))
			return true;
	}
	return false;
}

static void
say_missing(struct messages *m, const char *path, int error)
{
	if (is_filter_like(path))
		message_error(m, path, "%s; to filter packets use -f '%s'",
		    strerror(error), path);
	else if (if_nametoindex(path) != 0)
		message_error(m, path,
		    "is a network interface: use --interface %s", path);
	else
		message_error(m, path, "%s", strerror(error));
}

/* Every PATH must exist before any work begins.  *tree: they are several, or
 * one may be. */
static bool
check_paths(const struct config *cfg, struct messages *m, bool *tree)
{
	struct stat st;

	*tree = cfg->recursive || cfg->n_files_from > 0 || cfg->n_paths > 1;
	for (size_t i = 0; i < cfg->n_paths; i++) {
		if (strcmp(cfg->paths[i], "-") == 0)
			continue;
		if (stat(cfg->paths[i], &st) < 0) {
			say_missing(m, cfg->paths[i], errno);
			return false;
		}
		*tree |= S_ISDIR(st.st_mode);
	}
	return true;
}

struct walk_trouble {
	struct messages *messages;
	bool any;
};

static void
on_walk_trouble(void *arg, const char *path, int error)
{
	struct walk_trouble *t = arg;

	t->any = true;
	message_warn(t->messages, path, "cannot be read: %s", strerror(error));
}

/* False when one of the PATHs went away meanwhile. */
static bool
find_inputs(const struct config *cfg, struct messages *m, struct inputs *in,
    bool *trouble)
{
	struct walk_trouble t = { .messages = m };

	for (size_t i = 0; i < cfg->n_paths; i++) {
		if (walk_add(in, cfg->paths[i], cfg->recursive, on_walk_trouble,
			&t) < 0) {
			say_missing(m, cfg->paths[i], errno);
			return false;
		}
	}
	*trouble = t.any;
	return true;
}

/* False, after a message, when the expression is none. */
static bool
make_filter(const struct config *cfg, struct messages *m, struct filter **f)
{
	char message[FILTER_MESSAGE_LEN];

	if (cfg->filter == NULL)
		return true;
	*f = filter_new(cfg->filter, message);
	if (*f == NULL)
		message_error(m, NULL, "filter '%s': %s", cfg->filter, message);
	else
		filter_on_ip(*f, decode_find_ip);
	return *f != NULL;
}

enum status
run_inputs_open(struct run *r, struct run_inputs *s)
{
	const struct config *cfg = r->cfg;

	if (!check_paths(cfg, r->messages, &s->is_tree) ||
	    !make_filter(cfg, r->messages, &r->filter) ||
	    !find_inputs(cfg, r->messages, &s->in, &s->tally.left_out))
		return STATUS_USAGE;
	if (cfg->interface == NULL)
		return STATUS_OK;
	s->live = live_run_open(r, &s->tally);
	return status_of(&s->tally);
}

void
run_inputs_close(struct run_inputs *s)
{
	live_close(s->live);
	if (s->starter >= 0)
		close(s->starter);
	inputs_free(&s->in);
}
