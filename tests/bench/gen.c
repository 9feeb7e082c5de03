/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * gen.c: captures for the benchmark, of any size, the same for a seed.
 *
 *	gen WORKLOAD SCALE SEED CAPTURE MANIFEST
 *
 * WORKLOAD is a row of the table below.  SCALE multiplies its number of flows
 * (of the few-flow workloads, their size).  The manifest has a line for each
 * direction with bytes, and one `total` line:
 *
 *	CLIENT CPORT SERVER SPORT c2s|s2c LENGTH MISSING MD5
 *
 * LENGTH counts lost bytes, and for the digest they are zeros.  The capture is
 * written as it is made; memory depends on the concurrent flows alone.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };
enum { BLOCK = 1 << 20, FRAME_MAX = 2048 };

/* Shares are in units of 1/10000. */
struct load {
	const char *name;
	uint64_t flows;
	uint64_t concurrent;
	uint64_t more;	 /* exchanges after the first, at most */
	uint64_t ask[2]; /* bytes: least and most */
	uint64_t answer[2];
	size_t mss;
	unsigned repeated;
	unsigned reordered;
	unsigned lost;
	unsigned ipv6;
	unsigned vlan;
	uint64_t late; /* an early segment comes so much later */
	bool few;      /* SCALE is for sizes */
	bool text;
	bool syn_only;
};

static const struct load loads[] = {
	{ .name = "S",
	    .flows = 100000,
	    .concurrent = 2000,
	    .ask = { 200, 400 },
	    .answer = { 2000, 5600 },
	    .mss = 1460 },
	{ .name = "M",
	    .flows = 20000,
	    .concurrent = 500,
	    .more = 3,
	    .ask = { 250, 700 },
	    .answer = { 100, 25000 },
	    .mss = 1448,
	    .repeated = 50,
	    .reordered = 100,
	    .lost = 5,
	    .ipv6 = 2000,
	    .vlan = 1000,
	    .text = true },
	{ .name = "L",
	    .flows = 8,
	    .concurrent = 8,
	    .ask = { 100, 100 },
	    .answer = { 115000000, 115000000 },
	    .mss = 1460,
	    .few = true },
	{ .name = "O",
	    .flows = 1,
	    .concurrent = 1,
	    .ask = { 100, 100 },
	    .answer = { 300000000, 300000000 },
	    .mss = 1460,
	    .reordered = 1000,
	    .late = 100000000,
	    .few = true },
	{ .name = "A", .flows = 1000000, .concurrent = 1, .syn_only = true },
	{ .name = "H",
	    .flows = 500000,
	    .concurrent = 500000,
	    .ask = { 100, 100 },
	    .answer = { 200, 200 },
	    .mss = 1460 },
};

/* A segment that was put off. */
struct off_turn {
	bool waits;
	bool again; /* a copy: the first one has been sent */
	int dir;
	uint64_t off;
	size_t len;
	unsigned packets; /* of this flow before it comes */
	uint64_t until;	  /* ... or this offset, if not 0 */
};

enum step {
	STEP_SYN,
	STEP_SYNACK,
	STEP_ACK,
	STEP_TALK,
	STEP_FIN,
	STEP_FIN_BACK,
	STEP_LAST,
	STEP_DONE
};

struct flow {
	uint64_t number;
	enum step step;
	uint32_t isn[2];
	uint32_t block[2]; /* where in the block its bytes begin */
	uint64_t sent[2];
	uint64_t goal[2];   /* of the exchange under way */
	uint64_t exchanges; /* to come */
	unsigned unacked;   /* data packets since the last pure ACK */
	uint64_t missing[2];
	struct digest_md5 md5[2];
	struct off_turn off_turn;
	struct off_turn late;
	bool had_late;
	bool v6;
	uint16_t vlan; /* 0: none */
};

struct gen {
	const struct load *load;
	double scale;
	uint64_t rng;
	uint64_t now_us;
	uint64_t packets;
	uint64_t bytes;
	FILE *pcap;
	FILE *manifest;
	uint8_t *block[2]; /* BLOCK bytes, twice over: no wrapping */
};

static uint64_t
draw(struct gen *g)
{
	g->rng ^= g->rng << 13;
	g->rng ^= g->rng >> 7;
	g->rng ^= g->rng << 17;
	return g->rng;
}

static uint64_t
draw_in(struct gen *g, uint64_t least, uint64_t most)
{
	return least + (draw(g) >> 11) % (most - least + 1);
}

static bool
chance(struct gen *g, unsigned share)
{
	return share != 0 && (draw(g) >> 11) % 10000 < share;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static uint8_t *
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *
put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

static void
write_all(FILE *f, const void *at, size_t len)
{
	if (fwrite(at, 1, len, f) != len)
		die("gen: write");
}

static void
pcap_begin(struct gen *g)
{
	const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1 };
	write_all(g->pcap, head, sizeof(head));
}

static void
pcap_frame(struct gen *g, const uint8_t *frame, size_t len)
{
	uint32_t head[4] = { (uint32_t)(g->now_us / 1000000),
		(uint32_t)(g->now_us % 1000000), (uint32_t)len, (uint32_t)len };
	write_all(g->pcap, head, sizeof(head));
	write_all(g->pcap, frame, len);
	g->now_us += 10;
	g->packets++;
}

/* The address of an end; returns its length. */
static size_t
address(const struct flow *f, int end, uint8_t *out)
{
	uint32_t n = (uint32_t)f->number;
	if (!f->v6) {
		put32(out,
		    end == 0 ? 0x0a000000 + n + 1 : 0xac100001 + n % 250);
		return 4;
	}
	memset(out, 0, 16);
	put32(out, end == 0 ? 0xfd000001 : 0xfd000002);
	put32(out + 12, end == 0 ? n + 1 : n % 250 + 1);
	return 16;
}

static uint16_t
port(const struct flow *f, int end)
{
	return (uint16_t)(end == 0 ? 1024 + f->number * 7919 % 60000 : 80);
}

static uint32_t
sum16(uint32_t sum, const uint8_t *at, size_t len)
{
	uint64_t wide = sum;
	for (; len >= 2; at += 2, len -= 2)
		wide += (uint64_t)(at[0] << 8 | at[1]);
	if (len > 0)
		wide += (uint64_t)at[0] << 8;
	while (wide >> 16 != 0)
		wide = (wide & 0xffff) + (wide >> 16);
	return (uint32_t)wide;
}

static uint8_t *
put_link(uint8_t *p, const struct flow *f, int dir)
{
	static const uint8_t macs[2][6] = { { 2, 0, 0, 0, 0, 1 },
		{ 2, 0, 0, 0, 0, 2 } };
	memcpy(p, macs[!dir], 6);
	memcpy(p + 6, macs[dir], 6);
	p += 12;
	if (f->vlan != 0)
		p = put16(put16(p, 0x8100), f->vlan);
	return put16(p, f->v6 ? 0x86dd : 0x0800);
}

static uint8_t *
put_ip(uint8_t *p, const struct flow *f, int dir, size_t len, uint32_t id)
{
	uint8_t *head = p;
	if (f->v6) {
		p = put32(p, 0x60000000);
		p = put16(p, (uint32_t)len);
		p = put16(p, 6 << 8 | 64);
	} else {
		p = put32(p, 0x45000000 | (uint32_t)(20 + len));
		p = put32(p, (id & 0xffff) << 16 | 0x4000);
		p = put32(p, 64 << 24 | 6 << 16);
	}
	p += address(f, dir, p);
	p += address(f, !dir, p);
	if (!f->v6)
		put16(head + 10, ~sum16(0, head, 20) & 0xffff);
	return p;
}

static void
put_checksum(const struct flow *f, uint8_t *tcp, size_t len)
{
	uint8_t ends[32];
	size_t n = address(f, 0, ends);
	n += address(f, 1, ends + n);
	uint32_t sum = sum16(6 + (uint32_t)len, ends, n);
	put16(tcp + 16, ~sum16(sum, tcp, len) & 0xffff);
}

/* What dir has received without a hole, as the acknowledgement says it. */
static uint64_t
received(const struct flow *f, int dir)
{
	uint64_t off = f->sent[!dir];
	const struct off_turn *waits[2] = { &f->off_turn, &f->late };
	for (int i = 0; i < 2; i++)
		if (waits[i]->waits && !waits[i]->again &&
		    waits[i]->dir == !dir && waits[i]->off < off)
			off = waits[i]->off;
	return off;
}

/* Offsets are of the stream; a SYN is at -1 and a FIN behind the data. */
static void
send_segment(struct gen *g, struct flow *f, int dir, unsigned flags,
    uint64_t off, size_t len)
{
	uint8_t frame[FRAME_MAX];
	size_t opts = (flags & SYN) != 0 ? 4 : 0;
	uint8_t *tcp = put_ip(put_link(frame, f, dir), f, dir, 20 + opts + len,
	    (uint32_t)g->packets);
	uint64_t ack = received(f, dir) + 1;
	if (f->step > STEP_FIN + (dir == 0) && (flags & SYN) == 0)
		ack++;
	uint8_t *p = put16(put16(tcp, port(f, dir)), port(f, !dir));
	p = put32(p, (uint32_t)(f->isn[dir] + off + 1));
	p = put32(p, (flags & ACK) == 0 ? 0 : (uint32_t)(f->isn[!dir] + ack));
	p = put16(p, (uint32_t)((20 + opts) / 4 << 12) | flags);
	p = put32(put16(p, 65535), 0);
	if (opts > 0)
		p = put32(p, 0x02040000 | (uint32_t)g->load->mss);
	memcpy(p, g->block[g->load->text] + (f->block[dir] + off) % BLOCK, len);
	p += len;
	put_checksum(f, tcp, (size_t)(p - tcp));
	pcap_frame(g, frame, (size_t)(p - frame));
}

static void
digest(struct gen *g, struct flow *f, int dir, uint64_t off, size_t len,
    bool lost)
{
	static const uint8_t zeros[FRAME_MAX];
	const uint8_t *at =
	    g->block[g->load->text] + (f->block[dir] + off) % BLOCK;
	digest_md5_update(&f->md5[dir],
	    (struct slice){ lost ? zeros : at, len });
	f->missing[dir] += lost ? len : 0;
	g->bytes += lost ? 0 : len;
}

static void
send_put_off(struct gen *g, struct flow *f, struct off_turn *o)
{
	o->waits = false;
	send_segment(g, f, o->dir, PSH | ACK, o->off, o->len);
}

/* One data segment: on its way, put off, repeated or lost. */
static void
send_data(struct gen *g, struct flow *f, int dir, size_t len)
{
	const struct load *l = g->load;
	uint64_t off = f->sent[dir];
	bool last = off + len == f->goal[dir] || off == 0;
	bool lost = !last && chance(g, l->lost);
	bool put_off = !last && !lost && chance(g, l->reordered);
	digest(g, f, dir, off, len, lost);
	f->sent[dir] += len;
	f->unacked++;
	if (l->late != 0 && !f->had_late && dir == 1 && off > 0) {
		f->had_late = true;
		f->late = (struct off_turn){ .waits = true,
			.dir = dir,
			.off = off,
			.len = len,
			.until = off + (uint64_t)((double)l->late * g->scale) };
		return;
	}
	if (lost)
		return;
	if (!put_off)
		send_segment(g, f, dir, PSH | ACK, off, len);
	if (f->off_turn.waits)
		send_put_off(g, f, &f->off_turn);
	if (put_off || chance(g, l->repeated))
		f->off_turn = (struct off_turn){ .waits = true,
			.again = !put_off,
			.dir = dir,
			.off = off,
			.len = len,
			.packets = (unsigned)draw_in(g, 1, 4) };
}

static void
next_exchange(struct gen *g, struct flow *f)
{
	const struct load *l = g->load;
	double scale = l->few ? g->scale : 1;
	f->exchanges--;
	f->goal[0] = f->sent[0] + draw_in(g, l->ask[0], l->ask[1]);
	f->goal[1] = f->sent[1] +
	    (uint64_t)((double)draw_in(g, l->answer[0], l->answer[1]) * scale);
}

static bool
all_in_turn(struct gen *g, struct flow *f)
{
	struct off_turn *waits[2] = { &f->off_turn, &f->late };
	for (int i = 0; i < 2; i++) {
		if (!waits[i]->waits)
			continue;
		send_put_off(g, f, waits[i]);
		return false;
	}
	return true;
}

/* Asks, answers, and acknowledges every second packet. */
static void
talk(struct gen *g, struct flow *f)
{
	int dir = f->sent[0] < f->goal[0] ? 0 : 1;
	uint64_t left = f->goal[dir] - f->sent[dir];
	if (f->off_turn.waits && f->off_turn.packets-- == 0) {
		send_put_off(g, f, &f->off_turn);
	} else if (f->late.waits && f->sent[1] >= f->late.until) {
		send_put_off(g, f, &f->late);
	} else if (f->unacked >= 2 || (f->unacked > 0 && left == 0)) {
		f->unacked = 0;
		send_segment(g, f, !dir, ACK, f->sent[!dir], 0);
	} else if (left > 0) {
		send_data(g, f, dir,
		    left < g->load->mss ? (size_t)left : g->load->mss);
	} else if (f->exchanges > 0) {
		next_exchange(g, f);
		talk(g, f);
	} else if (all_in_turn(g, f)) {
		f->step = STEP_FIN;
		send_segment(g, f, 0, FIN | ACK, f->sent[0], 0);
	}
}

static void
flow_init(struct gen *g, struct flow *f, uint64_t number)
{
	memset(f, 0, sizeof(*f));
	f->number = number;
	f->v6 = chance(g, g->load->ipv6);
	f->vlan = chance(g, g->load->vlan) ? (uint16_t)draw_in(g, 2, 5) : 0;
	for (int dir = 0; dir < 2; dir++) {
		f->isn[dir] = (uint32_t)draw(g);
		f->block[dir] = (uint32_t)(draw(g) % BLOCK);
		digest_md5_init(&f->md5[dir]);
	}
	if (!g->load->syn_only) {
		f->exchanges = 1 + draw_in(g, 0, g->load->more);
		next_exchange(g, f);
	}
}

static void
note_flow(struct gen *g, struct flow *f)
{
	char text[2][INET6_ADDRSTRLEN];
	for (int end = 0; end < 2; end++) {
		uint8_t ip[16];
		address(f, end, ip);
		inet_ntop(f->v6 ? AF_INET6 : AF_INET, ip, text[end],
		    sizeof(text[end]));
	}
	for (int dir = 0; dir < 2; dir++) {
		char sum[DIGEST_MD5_LEN];
		if (f->sent[dir] == 0)
			continue;
		digest_md5_text(&f->md5[dir], sum);
		fprintf(g->manifest, "%s %u %s %u %s %llu %llu %s\n", text[0],
		    port(f, 0), text[1], port(f, 1), dir == 0 ? "c2s" : "s2c",
		    (unsigned long long)f->sent[dir],
		    (unsigned long long)f->missing[dir], sum);
	}
}

/* The flow's next packet. */
static void
step(struct gen *g, struct flow *f)
{
	switch (f->step) {
	case STEP_SYN:
		send_segment(g, f, 0, SYN, UINT64_MAX, 0);
		f->step = g->load->syn_only ? STEP_DONE : STEP_SYNACK;
		return;
	case STEP_SYNACK:
		send_segment(g, f, 1, SYN | ACK, UINT64_MAX, 0);
		f->step = STEP_ACK;
		return;
	case STEP_ACK:
		send_segment(g, f, 0, ACK, 0, 0);
		f->step = STEP_TALK;
		return;
	case STEP_TALK:
		talk(g, f);
		return;
	case STEP_FIN:
		f->step = STEP_FIN_BACK;
		send_segment(g, f, 1, FIN | ACK, f->sent[1], 0);
		return;
	case STEP_FIN_BACK:
		f->step = STEP_LAST;
		send_segment(g, f, 0, ACK, f->sent[0] + 1, 0);
		f->step = STEP_DONE;
		return;
	default:
		abort();
	}
}

static void
fill_blocks(struct gen *g)
{
	static const char *words[] = { "the ", "ferry ", "leaves ", "from ",
		"<p>", "</p>\r\n", "harbour ", "at ", "noon ", "and ",
		"returns ", "with ", "mail, ", "<b>", "</b> ", "fruit.\n" };
	for (int i = 0; i < 2; i++)
		g->block[i] = malloc(BLOCK + FRAME_MAX);
	if (g->block[0] == NULL || g->block[1] == NULL)
		die("gen");
	for (size_t i = 0; i < BLOCK; i++)
		g->block[0][i] = (uint8_t)(draw(g) >> 24);
	for (size_t i = 0; i < BLOCK;) {
		const char *word = words[(draw(g) >> 24) % 16];
		for (; *word != '\0' && i < BLOCK; word++)
			g->block[1][i++] = (uint8_t)*word;
	}
	for (int i = 0; i < 2; i++)
		memcpy(g->block[i] + BLOCK, g->block[i], FRAME_MAX);
}

static void
run(struct gen *g)
{
	const struct load *l = g->load;
	uint64_t flows =
	    l->few ? l->flows : (uint64_t)((double)l->flows * g->scale + 0.5);
	uint64_t active = flows < l->concurrent ? flows : l->concurrent;
	uint64_t next = 0;
	struct flow *all = calloc(active + 1, sizeof(*all));
	if (all == NULL)
		die("gen");
	while (next < active) {
		flow_init(g, &all[next], next);
		next++;
	}
	while (active > 0) {
		struct flow *f = &all[(draw(g) >> 11) % active];
		step(g, f);
		if (f->step != STEP_DONE)
			continue;
		note_flow(g, f);
		if (next < flows)
			flow_init(g, f, next++);
		else
			*f = all[--active];
	}
	fprintf(g->manifest, "total %llu flows %llu packets %llu bytes\n",
	    (unsigned long long)flows, (unsigned long long)g->packets,
	    (unsigned long long)g->bytes);
	free(all);
}

static FILE *
create(const char *path)
{
	FILE *f = fopen(path, "w");
	if (f == NULL)
		die(path);
	setvbuf(f, NULL, _IOFBF, 1 << 20);
	return f;
}

int
main(int argc, char **argv)
{
	struct gen g = { .now_us = UINT64_C(1700000000000000) };
	if (argc != 6) {
		fputs("usage: gen WORKLOAD SCALE SEED CAPTURE MANIFEST\n",
		    stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		if (strcmp(loads[i].name, argv[1]) == 0)
			g.load = &loads[i];
	g.scale = strtod(argv[2], NULL);
	g.rng = strtoull(argv[3], NULL, 10) * 2 + UINT64_C(0x9e3779b97f4a7c15);
	if (g.load == NULL || g.scale <= 0) {
		fputs("gen: no such workload or scale\n", stderr);
		return 2;
	}
	g.pcap = create(argv[4]);
	g.manifest = create(argv[5]);
	fill_blocks(&g);
	pcap_begin(&g);
	run(&g);
	if (fclose(g.pcap) != 0 || fclose(g.manifest) != 0)
		die("gen: write");
	free(g.block[0]);
	free(g.block[1]);
	return 0;
}
