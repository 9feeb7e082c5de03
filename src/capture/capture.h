/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * capture.h: reads capture files: pcap (microsecond, nanosecond,
 * Kuznetzov-modified, AIX, versions before 2.4) and pcapng, in both byte orders, plain or compressed.
 *
 * Plain read() into one buffer.  Never more memory than the buffer, which
 * grows only as far as a record's bytes have really arrived.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "capture/packet.h"

struct capture;

enum capture_status {
	CAPTURE_PACKET,	   /* *p is the next packet */
	CAPTURE_END,	   /* the regular end of the file */
	CAPTURE_CUT,	   /* ends in the middle of a record */
	CAPTURE_CORRUPT,   /* cannot be read further */
	CAPTURE_NOT_ONE,   /* no capture file at all (also: empty) */
	CAPTURE_IO,	   /* read failed; errno is in the message */
	CAPTURE_WINDOW,	   /* compressed with a window that is too large */
	CAPTURE_EXPANSION, /* it unpacks to too much */
};

/* What a compressed file may take and yield; 0 is any. */
struct capture_limits {
	uint64_t window; /* bytes that its format asks to be kept */
	uint64_t ratio;	 /* beyond LIMIT_EXPANSION_FROM */
};

#define CAPTURE_MESSAGE_LEN 256

/* fd stays the caller's.  Nothing is read before the first capture_next. */
struct capture *capture_new_fd(int fd);
/* For tests and fuzzing: bytes are borrowed until capture_free. */
struct capture *capture_new_mem(struct slice bytes);
void capture_free(struct capture *c);

/* Called a few times a second, and after each signal, while a stream's next
 * bytes are waited for.  False ends the capture with CAPTURE_IO. */
typedef bool capture_wait(void *arg);
/* wait may be NULL. */
void capture_on_wait(struct capture *c, capture_wait *wait, void *arg);

/* To be said before the first packet; copied. */
void capture_limit(struct capture *c, const struct capture_limits *limits);
/* Has a compressed file read and unpacked by a thread of its own, ahead of
 * the packets that are asked for.  To be called before the first of them. */
void capture_read_ahead(struct capture *c);

/*
 * moving is called before bytes of packets go away: until then those of
 * earlier packets stay where they are, too.  It may be NULL.  To be set after
 * the first capture_next.
 */
typedef void capture_moving(void *arg);
void capture_on_moving(struct capture *c, capture_moving *moving, void *arg);

/*
 * The text of key logs that are in the capture (pcapng; of TLS): those of the
 * whole file at once, if it can be read twice and this is set after the first
 * capture_next, else as they come.  The text is borrowed.
 */
typedef void capture_secrets(void *arg, struct slice text);
void capture_on_secrets(struct capture *c, capture_secrets *secrets, void *arg);
/* After that: whether more of them may come with the packets. */
bool capture_may_have_secrets(const struct capture *c);

/*
 * The next packet.  Every status but CAPTURE_PACKET is final and comes again.
 * A packet's captured length is at most its length on the wire: when a file
 * claims otherwise the wire length is raised and the packet counted as odd.
 */
enum capture_status capture_next(struct capture *c,
    struct packet *p) ATTR_NODISCARD;

/* One line on why reading ended badly, with packet number and offset; empty
 * after CAPTURE_END.  Also set, with CAPTURE_END, when something odd that
 * cost no data was met. */
const char *capture_message(const struct capture *c);
/* Whether enough was read to know that it is a capture. */
bool capture_is_known(const struct capture *c);
/* "pcap", "pcap-ns", "pcap-modified", "pcap-aix", "pcapng"; "unknown" before the first
 * packet. */
const char *capture_format(const struct capture *c);
/* "none", "gzip", "bzip2", "xz", "zstd", "lz4" */
const char *capture_compression(const struct capture *c);
/* Bytes taken from fd so far: for progress. */
uint64_t capture_bytes_in(const struct capture *c);

/* True when the first bytes of a file look like a capture or like something
 * compressed that we can read: for walking directories. */
bool capture_magic(struct slice head);
#define CAPTURE_MAGIC_LEN 12

#endif
