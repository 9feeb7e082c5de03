/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * floor.c: the least that splitting a capture into sessions can cost.
 *
 *	floor [-n] CAPTURE DIR
 *
 * Reads a native-endian Ethernet pcap with big reads, looks up each TCP packet
 * in a flow table, and writes into DIR the files that `tcpsession -e raw`
 * writes (one open, one write, one close for each that fits in a megabyte) and
 * a short index.  -n writes nothing.  No rule of reassembly is kept but the
 * position of bytes, and nothing in the capture is believed to be hostile: the
 * result stands beside a program that does it all.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIN = 1, SYN = 2, ACK = 16 };
enum { INPUT = 1 << 20, FLUSH = 1 << 20 };

struct key {
	uint8_t ip[2][16];
	uint16_t port[2];
	uint16_t version;
	uint16_t zero;
};

struct half {
	uint8_t *buf;
	uint64_t base; /* stream offset of buf[0] */
	size_t len;
	size_t size;
	uint64_t next; /* highest offset seen: where to unwrap */
	int fd;	       /* -1 until first flushed */
};

struct flow {
	struct key key;	      /* end 0 is the client */
	struct half *half[2]; /* made by the first payload */
	uint32_t first[2];
	uint8_t fins;
	bool used;
};

struct slot {
	uint32_t tag;
	uint32_t index; /* of the flow, plus one */
};

struct hash_table {
	struct slot *slots;
	size_t mask;
	struct flow *flows;
	size_t n;
	size_t size;
};

struct run {
	struct hash_table table;
	bool dry;
	int dir;
	FILE *index;
	uint64_t packets;
	uint64_t bytes;
};

struct packet {
	struct key key;
	uint32_t seq;
	unsigned flags;
	const uint8_t *payload;
	size_t len;
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void *
need(void *p)
{
	if (p == NULL)
		die("floor");
	return p;
}

static uint32_t
get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

/* Ethernet, VLAN tags, IPv4 or IPv6 without extensions, TCP. */
static bool
parse(const uint8_t *p, size_t len, struct packet *out)
{
	size_t at = 12, ip_len, head;
	while (at + 4 < len && get16(p + at) == 0x8100)
		at += 4;
	uint32_t type = get16(p + at);
	const uint8_t *ip = p + at + 2;
	size_t left = len - at - 2;
	memset(&out->key, 0, sizeof(out->key));
	if (type == 0x0800 && left >= 40 && ip[9] == 6) {
		head = (size_t)(ip[0] & 15) * 4;
		ip_len = get16(ip + 2);
		memcpy(out->key.ip[0], ip + 12, 4);
		memcpy(out->key.ip[1], ip + 16, 4);
		out->key.version = 4;
	} else if (type == 0x86dd && left >= 60 && ip[6] == 6) {
		head = 40;
		ip_len = 40 + get16(ip + 4);
		memcpy(out->key.ip[0], ip + 8, 32);
		out->key.version = 6;
	} else
		return false;
	const uint8_t *tcp = ip + head;
	size_t tcp_head = (size_t)(tcp[12] >> 4) * 4;
	if (ip_len > left || head + tcp_head > ip_len)
		return false;
	out->key.port[0] = (uint16_t)get16(tcp);
	out->key.port[1] = (uint16_t)get16(tcp + 2);
	out->seq = get32(tcp + 4);
	out->flags = tcp[13];
	out->payload = tcp + tcp_head;
	out->len = ip_len - head - tcp_head;
	return true;
}

/* The same for both directions. */
static uint32_t
hash(const struct key *k)
{
	uint64_t h = 0;
	for (int end = 0; end < 2; end++) {
		uint64_t words[2];
		memcpy(words, k->ip[end], sizeof(words));
		uint64_t x = (words[0] ^ words[1] * 3) + k->port[end];
		x *= UINT64_C(0x9e3779b97f4a7c15);
		h += x ^ x >> 29;
	}
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(h >> 32);
}

static bool
same(const struct key *a, const struct key *b, int swapped)
{
	return a->version == b->version &&
	    memcmp(a->ip[0], b->ip[swapped], 16) == 0 &&
	    memcmp(a->ip[1], b->ip[!swapped], 16) == 0 &&
	    a->port[0] == b->port[swapped] && a->port[1] == b->port[!swapped];
}

static void
hash_table_grow(struct hash_table *t)
{
	size_t size = t->mask == 0 ? 1 << 12 : (t->mask + 1) * 2;
	struct slot *slots = need(calloc(size, sizeof(*slots)));
	for (size_t i = 0; t->mask != 0 && i <= t->mask; i++) {
		if (t->slots[i].index == 0)
			continue;
		size_t at = t->slots[i].tag & (size - 1);
		while (slots[at].index != 0)
			at = (at + 1) & (size - 1);
		slots[at] = t->slots[i];
	}
	free(t->slots);
	t->slots = slots;
	t->mask = size - 1;
}

static struct flow *
flow_new(struct hash_table *t, const struct packet *p)
{
	if (t->n == t->size) {
		t->size = t->size == 0 ? 1024 : t->size * 2;
		t->flows =
		    need(reallocarray(t->flows, t->size, sizeof(*t->flows)));
	}
	struct flow *f = &t->flows[t->n++];
	memset(f, 0, sizeof(*f));
	f->key = p->key;
	f->used = true;
	return f;
}

static struct flow *
find(struct hash_table *t, const struct packet *p, int *dir)
{
	uint32_t tag = hash(&p->key);
	if (t->n * 2 >= t->mask)
		hash_table_grow(t);
	size_t at = tag & t->mask;
	for (; t->slots[at].index != 0; at = (at + 1) & t->mask) {
		if (t->slots[at].tag != tag)
			continue;
		struct flow *f = &t->flows[t->slots[at].index - 1];
		for (*dir = 0; *dir < 2; ++*dir)
			if (same(&f->key, &p->key, *dir))
				return f;
	}
	struct flow *f = flow_new(t, p);
	t->slots[at] = (struct slot){ tag, (uint32_t)t->n };
	*dir = 0;
	return f;
}

static void
name_of(const struct run *r, const struct flow *f, int dir, char *out,
    size_t size)
{
	char ip[2][INET6_ADDRSTRLEN];
	int family = f->key.version == 4 ? AF_INET : AF_INET6;
	for (int end = 0; end < 2; end++)
		inet_ntop(family, f->key.ip[end], ip[end], sizeof(ip[end]));
	snprintf(out, size, "%s_%u-%s_%u-6-%zu.%s", ip[0], f->key.port[0],
	    ip[1], f->key.port[1], (size_t)(f - r->table.flows),
	    dir == 0 ? "c2s" : "s2c");
}

static void
write_at(int fd, const uint8_t *at, size_t len, uint64_t off)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, at, len, (off_t)off);
		if (n <= 0)
			die("floor: write");
		at += n;
		len -= (size_t)n;
		off += (uint64_t)n;
	}
}

static void
open_half(struct run *r, const struct flow *f, int dir)
{
	char name[160];
	struct half *h = f->half[dir];
	if (h->fd >= 0)
		return;
	name_of(r, f, dir, name, sizeof(name));
	h->fd = openat(r->dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (h->fd < 0)
		die(name);
}

static void
flush(struct run *r, const struct flow *f, int dir)
{
	struct half *h = f->half[dir];
	if (h->len == 0)
		return;
	open_half(r, f, dir);
	write_at(h->fd, h->buf, h->len, h->base);
	h->base += h->len;
	h->len = 0;
}

/* Bytes at any offset; those before the buffer go to the file. */
static void
store(struct run *r, const struct flow *f, int dir, uint64_t off,
    const uint8_t *at, size_t len)
{
	struct half *h = f->half[dir];
	if (off > h->base + h->len + FLUSH)
		flush(r, f, dir);
	if (off < h->base || off > h->base + h->len + FLUSH) {
		open_half(r, f, dir);
		write_at(h->fd, at, len, off);
		return;
	}
	size_t start = (size_t)(off - h->base);
	if (start + len > h->size) {
		h->size = (start + len) * 2;
		h->buf = need(realloc(h->buf, h->size));
	}
	if (start > h->len)
		memset(h->buf + h->len, 0, start - h->len);
	memcpy(h->buf + start, at, len);
	h->len = start + len > h->len ? start + len : h->len;
	if (h->len >= FLUSH)
		flush(r, f, dir);
}

static void
finish(struct run *r, struct flow *f)
{
	for (int dir = 0; dir < 2; dir++) {
		struct half *h = f->half[dir];
		if (h == NULL)
			continue;
		flush(r, f, dir);
		if (h->fd >= 0) {
			const struct timespec times[2] = { { 0, 0 }, { 0, 0 } };
			futimens(h->fd, times);
			close(h->fd);
		}
		free(h->buf);
		free(h);
		f->half[dir] = NULL;
	}
	if (r->index == NULL)
		return;
	char name[160];
	name_of(r, f, 0, name, sizeof(name));
	fprintf(r->index, "{\"session\":%zu,\"file\":\"%s\"}\n",
	    (size_t)(f - r->table.flows), name);
}

static void
packet(struct run *r, const uint8_t *at, size_t len)
{
	struct packet p;
	int dir;
	r->packets++;
	if (!parse(at, len, &p))
		return;
	struct flow *f = find(&r->table, &p, &dir);
	if ((p.flags & SYN) != 0)
		f->first[dir] = p.seq + 1;
	if (p.len > 0 && !r->dry) {
		struct half *h = f->half[dir];
		if (h == NULL) {
			f->half[dir] = h = need(calloc(1, sizeof(*h)));
			h->fd = -1;
		}
		int32_t ahead =
		    (int32_t)(p.seq - (f->first[dir] + (uint32_t)h->next));
		uint64_t off = (uint64_t)((int64_t)h->next + ahead);
		h->next = off + p.len > h->next ? off + p.len : h->next;
		store(r, f, dir, off, p.payload, p.len);
	}
	r->bytes += p.len;
	f->fins |= (uint8_t)((p.flags & FIN) != 0 ? 1 << dir : 0);
	if (f->fins == 3 && (p.flags & FIN) == 0 && f->used) {
		f->used = false;
		finish(r, f);
	}
}

/* Every whole record of at; returns how many bytes they take. */
static size_t
records(struct run *r, const uint8_t *at, size_t len)
{
	size_t done = 0;
	while (len - done >= 16) {
		uint32_t cap;
		memcpy(&cap, at + done + 8, sizeof(cap));
		if (len - done - 16 < cap)
			break;
		packet(r, at + done + 16, cap);
		done += 16 + cap;
	}
	return done;
}

static void
read_capture(struct run *r, int fd)
{
	uint8_t *buf = need(malloc(INPUT));
	size_t have = 0, skip = 24;
	for (;;) {
		ssize_t n = read(fd, buf + have, INPUT - have);
		if (n < 0)
			die("floor: read");
		if (n == 0)
			break;
		have += (size_t)n;
		if (have < skip)
			continue;
		size_t done = skip + records(r, buf + skip, have - skip);
		skip = 0;
		have -= done;
		memmove(buf, buf + done, have);
	}
	free(buf);
}

int
main(int argc, char **argv)
{
	struct run r = { .dir = -1 };
	int c;
	while ((c = getopt(argc, argv, "n")) == 'n')
		r.dry = true;
	if (c != -1 || argc - optind != 2) {
		fputs("usage: floor [-n] CAPTURE DIR\n", stderr);
		return 2;
	}
	int fd = open(argv[optind], O_RDONLY);
	if (fd < 0)
		die(argv[optind]);
	if (!r.dry) {
		mkdir(argv[optind + 1], 0700);
		r.dir = open(argv[optind + 1], O_RDONLY | O_DIRECTORY);
		if (r.dir < 0)
			die(argv[optind + 1]);
		int index = openat(r.dir, "sessions.jsonl",
		    O_WRONLY | O_CREAT | O_EXCL, 0600);
		r.index = index < 0 ? NULL : fdopen(index, "w");
		if (r.index == NULL)
			die("floor: index");
	}
	read_capture(&r, fd);
	for (size_t i = 0; i < r.table.n; i++)
		if (r.table.flows[i].used)
			finish(&r, &r.table.flows[i]);
	if (r.index != NULL && fclose(r.index) != 0)
		die("floor: index");
	free(r.table.slots);
	free(r.table.flows);
	printf("%llu packets, %zu flows, %llu bytes\n",
	    (unsigned long long)r.packets, r.table.n,
	    (unsigned long long)r.bytes);
	return 0;
}
