/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * live.h: packets as they come: from a network interface, through libpcap, or
 * from a descriptor on which somebody writes a capture.
 *
 * Of an interface they wait in a buffer of the kernel; what does not fit is
 * dropped there and counted.
 */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "capture/capture.h"
#include "capture/packet.h"

struct live;

enum live_fault {
	LIVE_OK,
	LIVE_NO_INTERFACE, /* none of that name, or it is down */
	LIVE_FORBIDDEN,	   /* this user may not capture */
	LIVE_FAILED,
};

/* Begins to capture, whole packets, also those that are for others.  NULL,
 * with *fault and a message, when that cannot be. */
struct live *live_open(const char *interface, enum live_fault *fault,
    char message[static CAPTURE_MESSAGE_LEN]) ATTR_NODISCARD;
/* What is written on fd, which is borrowed: nothing is read yet. */
struct live *live_open_stream(int fd,
    const struct capture_limits *limits) ATTR_NODISCARD;
/* l may be NULL. */
void live_close(struct live *l);

/* Of a stream, as capture_on_secrets has it. */
void live_on_secrets(struct live *l, capture_secrets *secrets, void *arg);
/* Called a few times a second while no packet is there, and after each
 * signal, as with capture_on_wait; false ends the capture with CAPTURE_END. */
void live_on_wait(struct live *l, capture_wait *wait, void *arg);

/*
 * The next packet.  Every status but CAPTURE_PACKET is final: CAPTURE_END, or
 * CAPTURE_IO when the interface went away or down, or any of a capture file;
 * live_message tells.
 */
enum capture_status live_next(struct live *l, struct packet *p) ATTR_NODISCARD;
const char *live_message(const struct live *l);

/* The interface's socket, which is borrowed; -1 of a stream. */
int live_descriptor(const struct live *l);
bool live_is_stream(const struct live *l);
/* LINKTYPE_ number of all packets of an interface. */
uint16_t live_linktype(const struct live *l);
/* Bytes captured so far. */
uint64_t live_bytes(const struct live *l);
/* Packets lost so far for want of room. */
uint64_t live_drops(const struct live *l);

#endif
