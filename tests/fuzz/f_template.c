/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_template.c: any text as a template of file names.
 *
 * The first bytes are what the name may tell, the rest is the template.  One
 * that is accepted gives a name that is safe, and another for another count.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/xalloc.h"

#define FACTS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_name(const char *name)
{
	size_t len = strlen(name);

	require(len > 0 && len <= NAME_TEMPLATE_MOST);
	require(name[0] != '.' && name[0] != '-');
	for (size_t i = 0; i < len; i++)
		require((name[i] >= '0' && name[i] <= '9') ||
		    (name[i] >= 'A' && name[i] <= 'Z') ||
		    (name[i] >= 'a' && name[i] <= 'z') ||
		    strchr("._:-+,=@%", name[i]) != NULL);
}

static void
check_template(const char *fmt, const struct name_facts *f, uint32_t count)
{
	char *plain = name_from_template(fmt, f, 0);
	char *again = name_from_template(fmt, f, 0);
	char *other = name_from_template(fmt, f, count);

	check_name(plain);
	check_name(other);
	require(strcmp(plain, again) == 0);
	require((strcmp(plain, other) == 0) == (count == 0));
	free(plain);
	free(again);
	free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct name_facts f = { 0 };
	uint8_t head[FACTS];
	uint32_t count;
	char *fmt;

	if (size < FACTS)
		return 0;
	memcpy(head, data, FACTS);
	f.from = (struct peer){ head, head[32] % 2 ? 4 : 6, 0 };
	f.to = (struct peer){ head + 16, f.from.family, 0 };
	memcpy(&f.from.port, head + 34, 2);
	memcpy(&f.to.port, head + 36, 2);
	memcpy(&f.start_ns, head + 40, 8);
	memcpy(&f.number, head + 48, 8);
	memcpy(&count, head + 56, 4);
	memcpy(&f.vlan, head + 60, 2);
	f.vlan %= 4096;
	fmt = xmalloc(size - FACTS + 1);
	memcpy(fmt, data + FACTS, size - FACTS);
	fmt[size - FACTS] = '\0';
	if (name_template_fault(fmt) == NULL)
		check_template(fmt, &f, count);
	free(fmt);
	return 0;
}
