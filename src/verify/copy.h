/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* copy.h: packets as captures that other programs can read. */
#ifndef VERIFY_COPY_H
#define VERIFY_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/packet.h"

struct packet_copy;

/* Files are made in dir: one of all packets (pcapng), and one of each link
 * type (pcap), if they are wanted. */
struct packet_copy *packet_copy_new(const char *dir, bool one, bool each);
void packet_copy_add(struct packet_copy *c, const struct packet *p);
/* Ends the files; false with errno when something could not be written. */
bool packet_copy_finish(struct packet_copy *c);
/* NULL-terminated names of the file of all packets, and of those of each link
 * type; they live as long as c. */
const char *const *packet_copy_one(const struct packet_copy *c);
const char *const *packet_copy_each(const struct packet_copy *c);
/* c may be NULL; the files stay. */
void packet_copy_free(struct packet_copy *c);

#endif
