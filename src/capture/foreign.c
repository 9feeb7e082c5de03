/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* foreign.c: formats by the bytes that they begin with. */
#include "capture/foreign.h"

#include <string.h>

#define MAGIC(text) (text), sizeof(text) - 1

static const struct {
	const char *magic;
	size_t len;
	const char *name;
} formats[] = {
	{ MAGIC("snoop\0\0\0"), "snoop" },
	{ MAGIC("btsnoop\0"), "btsnoop" },
	{ MAGIC("RTSS"), "Network Monitor 1" },
	{ MAGIC("GMBU"), "Network Monitor 2" },
	{ MAGIC("TRSNIFF data"), "DOS Sniffer" },
	{ MAGIC("XCP\0"), "Windows Sniffer" },
	{ MAGIC("VL\0\0"), "NetXRay" },
	{ MAGIC("iptrace 1.0"), "AIX iptrace" },
	{ MAGIC("iptrace 2.0"), "AIX iptrace" },
	{ MAGIC("TR\0d\0"), "HP-UX nettl" },
	{ MAGIC("\x7fver"), "Peek (OmniPeek, EtherPeek)" },
	{ MAGIC("ObserverPkt"), "Observer" },
	{ MAGIC("\x05VNF"), "Visual Networks" },
	{ MAGIC("\xaa\xaa\xaa\xaa"), "5View" },
	{ MAGIC("\x42\xd2\x00\x34\x12\x66\x22\x88"), "RADCOM" },
	{ MAGIC("\x00\x00\x02\x00\x12\x05\x00\x10"), "K12" },
	{ MAGIC("EyeSDN"), "EyeSDN" },
	{ MAGIC("\x1c\x00\x01\xab"), "Ixia lcap" },
	{ MAGIC("\x1c\x00\x01\xac"), "Ixia lcap" },
	{ MAGIC("\xab\x01\x00\x1c"), "Ixia lcap" },
	{ MAGIC("\xac\x01\x00\x1c"), "Ixia lcap" },
};

const char *
foreign_format(struct slice head)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (head.n >= formats[i].len &&
		    memcmp(head.p, formats[i].magic, formats[i].len) == 0)
			return formats[i].name;
	return NULL;
}
