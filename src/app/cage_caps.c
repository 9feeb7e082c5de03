/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* cage_caps.c: gives up capabilities (capabilities(7)). */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/cage_parts.h"

/* More than any kernel has; the first that it does not know ends the loop. */
#define CAPS_MAX 64
/* Capabilities stand in words of 32. */
#define WORDS 2

struct caps {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[WORDS];
};

static bool
caps_get(struct caps *c)
{
	*c = (struct caps){ .header.version = _LINUX_CAPABILITY_VERSION_3 };
	return syscall(SYS_capget, &c->header, c->data) == 0;
}

void
cage_caps_effective(uint64_t wanted)
{
	struct caps c;

	if (!caps_get(&c))
		return;
	for (int i = 0; i < WORDS; i++)
		c.data[i].effective =
		    c.data[i].permitted & (uint32_t)(wanted >> 32 * i);
	(void)syscall(SYS_capset, &c.header, c.data);
}

int
cage_caps_bound(void)
{
	for (unsigned long i = 0; i < CAPS_MAX; i++) {
		int there = prctl(PR_CAPBSET_READ, i, 0, 0, 0);

		if (there < 0)
			return 0;
		if (there > 0 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0)
			return errno;
	}
	return 0;
}

int
cage_caps_keep(uint64_t keep)
{
	struct caps c;

	/* A kernel before 4.3 has no ambient ones. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (!caps_get(&c))
		return errno;
	for (int i = 0; i < WORDS; i++) {
		c.data[i].permitted &= (uint32_t)(keep >> 32 * i);
		c.data[i].effective = c.data[i].permitted;
		c.data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &c.header, c.data) == 0 ? 0 : errno;
}
