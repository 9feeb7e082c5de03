/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* dlt.c: what libpcap calls a link type, and its LINKTYPE_ number. */
#include "capture/dlt.h"

#include <pcap/pcap.h>
#include <stdio.h>

/* Where libpcap's name hangs on another number than the file's. */
static const struct {
	uint16_t linktype;
	uint16_t dlt;
} renumbered[] = {
	{ 100, DLT_ATM_RFC1483 },
	{ 101, DLT_RAW },
	{ 102, DLT_SLIP_BSDOS },
	{ 103, DLT_PPP_BSDOS },
	{ 106, DLT_ATM_CLIP },
	{ 246, DLT_PFSYNC },
	{ 258, DLT_PKTAP },
};

uint16_t
linktype_of_dlt(int dlt)
{
	const size_t n = sizeof(renumbered) / sizeof(renumbered[0]);

	for (size_t i = 0; i < n; i++)
		if (renumbered[i].dlt == dlt)
			return renumbered[i].linktype;
	return (uint16_t)dlt;
}

void
linktype_name(char out[static 32], uint16_t linktype)
{
	int dlt = linktype;

	const size_t n = sizeof(renumbered) / sizeof(renumbered[0]);

	for (size_t i = 0; i < n; i++) {
		if (renumbered[i].linktype == linktype)
			dlt = renumbered[i].dlt;
	}
	const char *name = pcap_datalink_val_to_name(dlt);

	if (name != NULL)
		snprintf(out, 32, "%s", name);
	else
		snprintf(out, 32, "type %u", (unsigned)linktype);
}
