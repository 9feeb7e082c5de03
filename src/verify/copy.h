/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* copy.h: packets in a file that every program understands. */
#ifndef VERIFY_COPY_H
#define VERIFY_COPY_H

#include <stdbool.h>

#include "capture/packet.h"

struct copy;

/* Makes the file.  ng: pcapng, with whatever link types come; else pcap, of
 * that link type alone. */
struct copy *copy_new(const char *name, bool ng, uint16_t linktype);
void copy_add(struct copy *c, const struct packet *p);
/* Ends the file and frees c, which may be NULL: errno of the first failure,
 * or 0. */
int copy_close(struct copy *c);

#endif
