/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* foreign.h: capture formats that we know by sight and do not read. */
#ifndef CAPTURE_FOREIGN_H
#define CAPTURE_FOREIGN_H

#include "base/cur.h"

/* Whose format a file is that begins so ("snoop"), or NULL.  All of these
 * are read by Wireshark's editcap, which writes pcap files. */
const char *foreign_format(struct slice head);

#endif
