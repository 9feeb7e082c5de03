/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * mkpcap.h: what the three parts of mkpcap share.
 *
 * mkpcap.c reads the conversation, mkpcap_net.c makes frames of segments,
 * mkpcap_file.c writes frames to capture files.
 */
#ifndef TOOLS_MKPCAP_H
#define TOOLS_MKPCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_PSH = 8,
	TCP_ACK = 16,
	TCP_URG = 32
};
enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW = 101, LINK_SLL = 113 };

struct bytes {
	uint8_t *at; /* owned */
	size_t len;
	size_t size;
};

/* Address in network byte order; len is 4 or 16. */
struct addr {
	uint8_t ip[16];
	size_t len;
	uint16_t port;
};

/* One TCP segment as it is to appear on the wire; payload is borrowed. */
struct seg {
	struct addr src;
	struct addr dst;
	uint32_t seq;
	uint32_t ack;
	unsigned flags;
	uint16_t win;
	uint16_t urg;
	uint8_t opts[40];
	size_t n_opts; /* a multiple of 4 */
	const uint8_t *payload;
	size_t len;
};

/* How a segment is wrapped; zero means plain. */
struct wrap {
	int link;
	int from; /* 0 client, 1 server: link addresses, order */
	uint16_t vlan[4];
	size_t n_vlan;
	size_t pad;	 /* trailer bytes after the datagram */
	size_t snap;	 /* captured bytes at most; 0 is no limit */
	size_t fragment; /* IP payload of each fragment; 0 is whole */
	bool fragment_reverse;
	bool badsum;
	bool zero_len; /* IP length field 0, as segmentation leaves */
	bool bad_ip_sum;
	bool bad_ip_options; /* IPv4: one that has no room for its length */
	uint32_t more_len;   /* more than there is, in the IP length field */
	uint32_t ip_id;
};

struct frame {
	uint8_t *at; /* owned */
	size_t len;
	size_t cap; /* captured of len */
	int link;
	struct frame *next;
};

enum file_format { FILE_PCAP, FILE_PCAPNG, FILE_MODIFIED };

#define CAPFILE_LINKS 8

struct capfile {
	FILE *out;
	enum file_format format;
	bool nano;
	bool big; /* big endian */
	bool begun;
	int links[CAPFILE_LINKS]; /* interfaces so far */
	size_t n_links;
};

/* Where we are in the conversation; for messages. */
struct output_dir {
	const char *file;
	size_t line;
};

/* A line cut into words; a "quoted" one is unescaped and marked. */
struct word {
	char *at; /* owned, also NUL-terminated */
	size_t len;
	bool quoted;
};

#define LINE_WORDS 64

struct line {
	struct output_dir place;
	struct word words[LINE_WORDS];
	size_t n;
	size_t next; /* first word not taken yet */
};

/* Says what is wrong with the line and ends the program with status 2. */
__attribute__((format(printf, 2, 3), noreturn)) void bad(const struct output_dir
							     *p,
    const char *fmt, ...);

void line_cut(struct line *l, const char *text);
void line_free(struct line *l);
/* Takes the next word when it is this one. */
bool line_is(struct line *l, const char *word);
/* The next word, which must be there. */
const char *line_word(struct line *l, const char *what);
int64_t line_number(struct line *l, const char *what, int64_t min, int64_t max);
/* Takes one item of payload ("text", hex, fill, random) and adds it to b. */
bool line_payload(struct line *l, struct bytes *b);
void line_hex(struct line *l, struct bytes *b);

/* Where a number of a segment is: absolute, from the base, or automatic. */
struct where {
	enum { WHERE_AUTO, WHERE_OFFSET, WHERE_MOVED, WHERE_WIRE } kind;
	int64_t n;
};

/* What the items of a packet line say. */
struct items {
	struct bytes payload;
	struct where seq;
	struct where ack;
	unsigned flags;
	bool noack;
	bool exact; /* flags are all there is */
	uint16_t win;
	uint16_t urg;
	struct bytes opts;
	bool tsval;
};

/* Takes one item of the line. */
void items_take(struct line *l, struct items *it);
/* The stream offset meant; base is the sequence number of offset 0. */
int64_t where_off(const struct where *w, int64_t automatic, uint32_t base);

void bytes_add(struct bytes *b, const void *at, size_t len);
void bytes_be(struct bytes *b, uint64_t v, size_t n);
void bytes_free(struct bytes *b);
void *need(void *allocated);

/* Frames of one segment in wire order; the caller frees each. */
struct frame *net_frames(const struct seg *s, const struct wrap *w);
/* A frame of its own with a copy of these bytes. */
struct frame *net_raw(const uint8_t *at, size_t len, const struct wrap *w);
void frame_free(struct frame *f);

/* False when the format cannot hold a frame of this link type. */
bool capfile_write(struct capfile *c, const struct frame *f, int64_t ts_ns);
/* Makes sure that a header is written even without frames. */
void capfile_begin(struct capfile *c, int link);

#endif
