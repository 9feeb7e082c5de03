/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * overlap.c: overlap policies as systems have them (Ptacek and Newsham 1998;
 * Novak and Sturges, "Target-Based TCP Stream Reassembly", 2007).
 */
#include "reassembly/overlap.h"

#include <stddef.h>
#include <string.h>

static bool
never(struct extent n, struct extent o)
{
	(void)n;
	(void)o;
	return false;
}

static bool
always(struct extent n, struct extent o)
{
	(void)n;
	(void)o;
	return true;
}

static bool
starts_before(struct extent n, struct extent o)
{
	return n.pos < o.pos;
}

static bool
linux_rule(struct extent n, struct extent o)
{
	return n.pos < o.pos || (n.pos == o.pos && n.end > o.end);
}

static bool
solaris_rule(struct extent n, struct extent o)
{
	if (n.pos <= o.pos)
		return n.end >= o.end;
	return n.end > o.end;
}

static const struct {
	const char *name;
	bool (*new_wins)(struct extent n, struct extent o);
} policies[] = {
	[OVERLAP_FIRST] = { "first", never },
	[OVERLAP_LAST] = { "last", always },
	[OVERLAP_BSD] = { "bsd", starts_before },
	[OVERLAP_LINUX] = { "linux", linux_rule },
	[OVERLAP_WINDOWS] = { "windows", starts_before },
	[OVERLAP_SOLARIS] = { "solaris", solaris_rule },
};

bool
overlap_new_wins(enum overlap policy, struct extent newer, struct extent older)
{
	return policies[policy].new_wins(newer, older);
}

bool
overlap_parse(const char *name, enum overlap *out)
{
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		if (strcmp(name, policies[i].name) == 0) {
			*out = (enum overlap)i;
			return true;
		}
	}
	return false;
}

const char *
overlap_name(enum overlap policy)
{
	return policies[policy].name;
}
