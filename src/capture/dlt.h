/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* dlt.h: link types by number and name (LINKTYPE_ and DLT_ values); which of
 * them are read says decode/link_types.c. */
#ifndef CAPTURE_DLT_H
#define CAPTURE_DLT_H

#include <stdint.h>

/* The LINKTYPE_ number of what libpcap calls so on this system. */
uint16_t linktype_of_dlt(int dlt);
/* The DLT_ number of a LINKTYPE_ number on this system. */
int dlt_of_linktype(uint16_t linktype);
/* The name of a LINKTYPE_ number ("EN10MB"), or "type 123". */
void linktype_name(char out[static 32], uint16_t linktype);

#endif
