/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* dlt.c: what libpcap calls a link type, and its LINKTYPE_ number. */
#include "capture/dlt.h"

#include <pcap/pcap.h>
#include <stdio.h>

/* LINKTYPE_ numbers, which files have, whose DLT_ number, which libpcap goes
 * by, differs. */
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

#define N_RENUMBERED (sizeof(renumbered) / sizeof(renumbered[0]))

uint16_t
linktype_of_dlt(int dlt)
{
	for (size_t i = 0; i < N_RENUMBERED; i++)
		if (renumbered[i].dlt == dlt)
			return renumbered[i].linktype;
	return (uint16_t)dlt;
}

int
dlt_of_linktype(uint16_t linktype)
{
	for (size_t i = 0; i < N_RENUMBERED; i++)
		if (renumbered[i].linktype == linktype)
			return renumbered[i].dlt;
	return linktype;
}

void
linktype_name(char out[static 32], uint16_t linktype)
{
	const char *name = pcap_datalink_val_to_name(dlt_of_linktype(linktype));

	if (name != NULL)
		snprintf(out, 32, "%s", name);
	else
		snprintf(out, 32, "type %u", (unsigned)linktype);
}
