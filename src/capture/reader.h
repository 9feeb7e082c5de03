/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * reader.h: what the readers of the file formats share with capture.c, and
 * nobody else sees.
 */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/cur.h"
#include "capture/capture.h"
#include "capture/packet.h"
#include "capture/source.h"

/* No record of a pcap file and no block of a pcapng file that we must hold
 * is longer. */
#define READER_RECORD_MAX ((uint32_t)16 << 20)

/* The pcap file. */
struct pcap_state {
	const char *name;
	uint32_t tick_ns; /* of the fraction of a second */
	uint16_t linktype;
	uint8_t header_len; /* of a record */
	bool big;	    /* byte order */
	bool lengths_vary;  /* of the two of a record, either may be first */
};

/* An interface of a pcapng section: its clock runs in ticks of
 * mul / div / 2^shift nanoseconds, beginning at base seconds. */
struct pcapng_interface {
	int64_t base;
	uint64_t mul;
	uint64_t div;	  /* >= 1 */
	uint32_t snaplen; /* 0: no limit */
	uint16_t linktype;
	uint8_t shift; /* <= 127 */
	uint8_t digits;
};

struct pcapng_block {
	uint64_t offset;
	uint32_t type;
	uint32_t len; /* of the whole block */
	struct slice body;
};

#define PCAPNG_OVERHEAD 12 /* of a block: what is not its body */
#define PCAPNG_SECRETS 10  /* type of a Decryption Secrets Block */

/* The current section of a pcapng file. */
struct pcapng_state {
	struct pcapng_interface *interfaces; /* owned */
	size_t n;
	size_t cap;
	bool big;
};

struct reader {
	struct source *in;
	uint64_t number; /* packets yielded */
	uint64_t odd;	 /* of these, longer than on the wire */
	const char *format;
	union {
		struct pcap_state pcap;
		struct pcapng_state pcapng;
	};
	capture_secrets *secrets; /* NULL: what comes is kept until it is set */
	void *secrets_arg;
	bool secrets_seen; /* all of the file's were told of already */
	struct buf early_secrets;
	char message[CAPTURE_MESSAGE_LEN];
};

/* A file format.  begin reads the file header, if any, and answers
 * CAPTURE_PACKET when packets may follow. */
struct reader_format {
	bool (*matches)(struct slice head);
	enum capture_status (*begin)(struct reader *r);
	enum capture_status (*next)(struct reader *r, struct packet *p);
	void (*end)(struct reader *r);
	/* Tells of all secrets of the file, if it can be read twice; or NULL. */
	void (*scan)(struct reader *r);
};

extern const struct reader_format pcap_format;
extern const struct reader_format pcapng_format;

/* Notes why the packet after the last one cannot be had, and where it would
 * begin; returns status. */
enum capture_status reader_fail(struct reader *r, enum capture_status status,
    uint64_t offset, const char *fmt, ...) ATTR_PRINTF(4, 5);
/* The source did not yield the want bytes at offset: how the file ends. */
enum capture_status reader_ended(struct reader *r, uint64_t offset,
    size_t want);

/* ---- pcapng.c ---- */

/* Tells the secrets that the file has, where it can be read twice. */
void pcapng_secrets_scan(struct reader *r);

static inline uint16_t
get_u16(const uint8_t *p, bool big)
{
	return big ? get_be16(p) : get_le16(p);
}

static inline uint32_t
get_u32(const uint8_t *p, bool big)
{
	return big ? get_be32(p) : get_le32(p);
}

/* Numbers the packet and makes its lengths agree. */
static inline void
reader_finish(struct reader *r, struct packet *p, uint32_t len)
{
	p->number = ++r->number;
	p->len = len;
	if (len < p->data.n) {
		p->len = (uint32_t)p->data.n;
		r->odd++;
	}
}

#endif
