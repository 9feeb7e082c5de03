/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * filter.h: which packets are read: a BPF expression, compiled by libpcap.
 *
 * The expression sees each frame as captured and, when that does not match,
 * without its VLAN tags, MPLS labels and PPPoE headers, one after the other.
 * Of a link type that libpcap cannot compile it for (NFLOG, USB ...) it sees
 * the IP packet in the frame.
 */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>

#include "base/attr.h"
#include "capture/packet.h"

struct filter;

#define FILTER_MESSAGE_LEN 300

/* The expression is copied.  NULL, with libpcap's message, when it compiles
 * for no link type. */
struct filter *filter_new(const char *expression,
    char message[static FILTER_MESSAGE_LEN]) ATTR_NODISCARD;
/* One more, for another thread, with all that was compiled so far. */
struct filter *filter_copy(const struct filter *f) ATTR_NODISCARD;
void filter_free(struct filter *f);

/* As decode_find_ip. */
typedef int filter_find_ip(const struct packet *p, struct slice *ip,
    uint32_t *len);
/* Who finds IP packets in frames; without one there are none. */
void filter_on_ip(struct filter *f, filter_find_ip *fn);

/* False when the expression makes no sense for the link type; filter_message
 * tells why. */
bool filter_suits(struct filter *f, uint16_t linktype) ATTR_NODISCARD;

enum filter_verdict { FILTER_MATCH, FILTER_NO_MATCH, FILTER_BROKEN };

/* FILTER_BROKEN: the expression makes no sense for the packet's link type;
 * filter_message tells why.  A link type that nobody knows matches: that is for
 * others to tell. */
enum filter_verdict filter_packet(struct filter *f, const struct packet *p);
const char *filter_message(const struct filter *f);

#endif
