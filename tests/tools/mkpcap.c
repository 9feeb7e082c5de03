/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * mkpcap.c: compiles a TCP conversation, written as text, to a capture.
 *
 *	mkpcap [-n] [-g] [-b] [-m] [-i DELTA] [-o FILE] CONVERSATION
 *
 * -n nanoseconds, -g pcapng, -b big endian, -m Kuznetzov's modified pcap,
 * -i DELTA adds DELTA to every initial sequence number.  Status 2 and
 * FILE:LINE for a conversation that cannot be understood.
 *
 * A line is a setting, a packet or nothing; `#` begins a comment and lines
 * that begin with `=` are for the test runner.  Settings:
 *
 *	client ADDR:PORT	server ADDR:PORT	[ADDR]:PORT for IPv6
 *	isn C S			initial sequence numbers
 *	conn NAME		go on with connection NAME; a new one has the
 *				endpoints of the last and nothing sent;
 *				the first is called main
 *	vlan [N...]		tags of this connection's frames
 *	timestamps		TCP timestamps in this connection's segments
 *	linktype N		0 null, 1 Ethernet, 101 raw, 113 Linux cooked
 *	at SECONDS		the next packet's time (decimals allowed)
 *	wait SECONDS		lets time pass
 *	step SECONDS		time between packets (default 0.001)
 *	release NAME [reverse]	writes the frames that were held
 *	handshake [ITEM...]	> syn, < syn, >   (items on both SYNs)
 *	close			> fin, < fin, >
 *	raw HEX			a whole frame
 *
 * A packet is [MODIFIER...] > [ITEM...] from the client, or < from the
 * server.  With no item it is a pure ACK.  Items:
 *
 *	"text"  hex HEX  fill N C  random N SEED	payload, joined up
 *				text knows \r \n \t \0 \\ \" \xNN
 *	syn fin rst psh urg	flags; ACK is automatic (below), PSH with data
 *	noack			without the ACK flag
 *	flags LETTERS		exactly these, of FSRPAU (- for none)
 *	seq N  ack N		N bytes after the SYN; `isn` is the SYN's own;
 *				+N, -N: from where it would be; =N: on the wire
 *	win N  urgp N		window (default 65535), urgent pointer
 *	mss N  wscale N  sackok  tsval N		TCP options
 *
 * Sequence numbers follow what the same side has sent, ACK numbers the
 * highest that the other side has sent (lost and held packets count as
 * sent); the ACK flag is absent only on a SYN before the other's SYN.
 * Modifiers:
 *
 *	lose			counts as sent, is not written
 *	stay			is written, does not count as sent
 *	dup			is written twice
 *	hold NAME		is written by `release NAME`
 *	split N			one packet for every N bytes of payload
 *	badsum			a wrong TCP checksum
 *	snap N			at most N bytes of the frame are captured
 *	pad N			N bytes behind the datagram
 *	fragment N [reverse]	IP fragments of N bytes (a multiple of 8)
 *	zerolen			IP length field 0
 *	morelen N		N more in the IP length field than there is
 *	badipsum		a wrong IPv4 header checksum
 *	badipopt		an IPv4 option that is none
 */
#include "tools/mkpcap.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct conn {
	char *name;
	struct addr ends[2];
	uint32_t isn[2];
	int64_t next[2]; /* offset after the highest sent; SYN at -1 */
	bool syn[2];
	uint16_t vlan[4];
	size_t n_vlan;
	bool timestamps;
	struct conn *other;
};

struct segment_queue {
	char *name;
	struct frame *frames; /* the last first */
	struct segment_queue *other;
};

struct script {
	struct line line;
	struct capfile file;
	struct conn *conns;
	struct conn *conn; /* the one that lines speak of */
	struct segment_queue *holds;
	int64_t now_ns;
	int64_t step_ns;
	uint32_t delta;
	uint32_t ip_id;
	int link;
};

/* What the modifiers of a packet line say. */
struct manner {
	bool lose;
	bool stay;
	bool dup;
	const char *hold;
	size_t split;
	struct wrap wrap;
};

static char *
copy(const char *s)
{
	return need(strdup(s));
}

static int64_t
read_seconds(struct line *l)
{
	const char *word = line_word(l, "seconds");
	char *end;
	long double v = strtold(word, &end);
	if (end == word || *end != '\0' || v < 0 || v > 4e9L)
		bad(&l->place, "no time: %s", word);
	return (int64_t)(v * 1e9L + 0.5L);
}

static void
read_addr(struct line *l, struct addr *a)
{
	char text[64];
	const char *word = line_word(l, "address and port");
	const char *colon = strrchr(word, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - word);
	bool v6 = word[0] == '[' && len > 1 && word[len - 1] == ']';
	if (len == 0 || len >= sizeof(text))
		bad(&l->place, "no ADDR:PORT: %s", word);
	memcpy(text, word + (v6 ? 1 : 0), len);
	text[len - (v6 ? 2 : 0)] = '\0';
	*a = (struct addr){ .len = v6 ? 16 : 4 };
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, a->ip) != 1)
		bad(&l->place, "no address: %s", text);
	a->port = (uint16_t)atoi(colon + 1);
}

static void
conn_reset(struct conn *c)
{
	for (int dir = 0; dir < 2; dir++) {
		c->next[dir] = 0;
		c->syn[dir] = false;
	}
}

static struct conn *
conn_get(struct script *s, const char *name)
{
	for (struct conn *c = s->conns; c != NULL; c = c->other)
		if (strcmp(c->name, name) == 0)
			return c;
	struct conn *c = need(calloc(1, sizeof(*c)));
	if (s->conn != NULL)
		*c = *s->conn;
	conn_reset(c);
	c->name = copy(name);
	c->other = s->conns;
	s->conns = c;
	return c;
}

static void
first_conn(struct script *s)
{
	s->conn = conn_get(s, "main");
	for (int dir = 0; dir < 2; dir++) {
		struct addr *a = &s->conn->ends[dir];
		a->len = 4;
		a->port = dir == 0 ? 40000 : 80;
		memcpy(a->ip, "\x0a\0\0", 3);
		a->ip[3] = (uint8_t)(dir + 1);
	}
	s->conn->isn[0] = 1000 + s->delta;
	s->conn->isn[1] = 5000 + s->delta;
}

static struct segment_queue *
held_get(struct script *s, const char *name)
{
	for (struct segment_queue *h = s->holds; h != NULL; h = h->other)
		if (strcmp(h->name, name) == 0)
			return h;
	struct segment_queue *h = need(calloc(1, sizeof(*h)));
	h->name = copy(name);
	h->other = s->holds;
	s->holds = h;
	return h;
}

/* Writes the frame and lets a step of time pass. */
static void
emit(struct script *s, const struct frame *f)
{
	if (!capfile_write(&s->file, f, s->now_ns))
		bad(&s->line.place, "only pcapng holds several link types");
	s->now_ns += s->step_ns;
}

/* Takes ownership of the frames. */
static void
deliver(struct script *s, const struct manner *m, struct frame *f)
{
	for (struct frame *next; f != NULL; f = next) {
		next = f->next;
		if (m->hold != NULL) {
			struct segment_queue *h = held_get(s, m->hold);
			f->next = h->frames;
			h->frames = f;
			continue;
		}
		if (!m->lose) {
			emit(s, f);
			if (m->dup)
				emit(s, f);
		}
		frame_free(f);
	}
}

static struct frame *
turned(struct frame *f)
{
	struct frame *out = NULL;
	for (struct frame *next; f != NULL; f = next) {
		next = f->next;
		f->next = out;
		out = f;
	}
	return out;
}

static void
release(struct script *s)
{
	struct segment_queue *h = held_get(s, line_word(&s->line, "name"));
	struct frame *f = h->frames;
	if (f == NULL)
		bad(&s->line.place, "nothing is held as %s", h->name);
	h->frames = NULL;
	if (!line_is(&s->line, "reverse"))
		f = turned(f);
	deliver(s, &(struct manner){ 0 }, f);
}

static bool
read_modifier(struct line *l, struct manner *m)
{
	if (line_is(l, "lose"))
		m->lose = true;
	else if (line_is(l, "stay"))
		m->stay = true;
	else if (line_is(l, "dup"))
		m->dup = true;
	else if (line_is(l, "badsum"))
		m->wrap.badsum = true;
	else if (line_is(l, "zerolen"))
		m->wrap.zero_len = true;
	else if (line_is(l, "morelen"))
		m->wrap.more_len =
		    (uint32_t)line_number(l, "morelen", 1, 60000);
	else if (line_is(l, "badipsum"))
		m->wrap.bad_ip_sum = true;
	else if (line_is(l, "badipopt"))
		m->wrap.bad_ip_options = true;
	else if (line_is(l, "hold"))
		m->hold = line_word(l, "name");
	else if (line_is(l, "split"))
		m->split = (size_t)line_number(l, "split", 1, 65000);
	else if (line_is(l, "snap"))
		m->wrap.snap = (size_t)line_number(l, "snap", 1, 65535);
	else if (line_is(l, "pad"))
		m->wrap.pad = (size_t)line_number(l, "pad", 0, 65535);
	else if (line_is(l, "fragment")) {
		m->wrap.fragment = (size_t)line_number(l, "fragment", 8, 65528);
		m->wrap.fragment_reverse = line_is(l, "reverse");
		if (m->wrap.fragment % 8 != 0)
			bad(&l->place, "fragment: no multiple of 8");
	} else
		return false;
	return true;
}

static unsigned
flags_of(const struct conn *c, int dir, const struct items *it)
{
	unsigned flags = it->flags;
	if (it->exact)
		return flags;
	if (it->payload.len > 0)
		flags |= TCP_PSH;
	if (!it->noack && ((flags & TCP_SYN) == 0 || c->syn[!dir]))
		flags |= TCP_ACK;
	return flags;
}

static void
timestamp(const struct script *s, struct items *it)
{
	if (!s->conn->timestamps || it->tsval)
		return;
	it->tsval = true;
	bytes_be(&it->opts, 0x0101080a, 4);
	bytes_be(&it->opts, (uint64_t)(s->now_ns / 1000000) & 0xffffffff, 4);
	bytes_be(&it->opts, 0, 4);
}

/* One segment with this piece of the payload at stream offset off. */
static void
send_piece(struct script *s, int dir, struct manner *m, const struct items *it,
    struct seg *seg)
{
	struct conn *c = s->conn;
	if (it->opts.len > sizeof(seg->opts))
		bad(&s->line.place, "more than 40 bytes of TCP options");
	memcpy(seg->opts, it->opts.at == NULL ? seg->opts : it->opts.at,
	    it->opts.len);
	seg->n_opts = it->opts.len;
	seg->src = c->ends[dir];
	seg->dst = c->ends[!dir];
	seg->win = it->win;
	seg->urg = it->urg;
	m->wrap.link = s->link;
	m->wrap.from = dir;
	m->wrap.ip_id = s->ip_id++;
	m->wrap.n_vlan = c->n_vlan;
	memcpy(m->wrap.vlan, c->vlan, sizeof(c->vlan));
	deliver(s, m, net_frames(seg, &m->wrap));
}

/* A FIN goes with the last piece, a SYN with the first. */
static void
send_items(struct script *s, int dir, struct manner *m, struct items *it)
{
	struct conn *c = s->conn;
	unsigned flags = flags_of(c, dir, it);
	bool syn = (flags & TCP_SYN) != 0;
	int64_t off =
	    where_off(&it->seq, syn ? -1 : c->next[dir], c->isn[dir] + 1);
	int64_t ack = where_off(&it->ack, c->next[!dir], c->isn[!dir] + 1);
	size_t step = m->split != 0 ? m->split : it->payload.len;
	size_t done = 0;
	timestamp(s, it);
	do {
		size_t left = it->payload.len - done;
		struct seg seg = {
			.seq = (uint32_t)off + c->isn[dir] + 1,
			.payload = it->payload.at + done,
			.len = left < step ? left : step,
		};
		seg.flags = flags & ~(unsigned)(seg.len < left ? TCP_FIN : 0);
		seg.ack = (flags & TCP_ACK) == 0 ?
		    0 :
		    (uint32_t)ack + c->isn[!dir] + 1;
		done += seg.len;
		off += (int64_t)seg.len + (syn ? 1 : 0);
		syn = false;
		flags &= ~(unsigned)TCP_SYN;
		send_piece(s, dir, m, it, &seg);
	} while (done < it->payload.len);
	if (m->stay || (flags & TCP_RST) != 0)
		return;
	off += (flags & TCP_FIN) != 0 ? 1 : 0;
	c->next[dir] = off > c->next[dir] ? off : c->next[dir];
	c->syn[dir] |= (it->flags & TCP_SYN) != 0;
}

/* A packet of dir with the rest of the line as its items. */
static void
packet(struct script *s, int dir, struct manner *m, unsigned flags)
{
	struct items it = { .flags = flags, .win = 65535 };
	while (s->line.next < s->line.n)
		items_take(&s->line, &it);
	send_items(s, dir, m, &it);
	bytes_free(&it.payload);
	bytes_free(&it.opts);
}

static void
handshake(struct script *s, struct manner *m)
{
	size_t items = s->line.next;
	packet(s, 0, m, TCP_SYN);
	s->line.next = items;
	packet(s, 1, m, TCP_SYN);
	packet(s, 0, m, 0);
}

static void
raw_frame(struct script *s, struct manner *m)
{
	struct bytes b = { 0 };
	line_hex(&s->line, &b);
	m->wrap.link = s->link;
	deliver(s, m, net_raw(b.at, b.len, &m->wrap));
	bytes_free(&b);
}

static void
read_vlan(struct line *l, struct conn *c)
{
	for (c->n_vlan = 0; l->next < l->n; c->n_vlan++) {
		if (c->n_vlan == 4)
			bad(&l->place, "more than 4 tags");
		c->vlan[c->n_vlan] = (uint16_t)line_number(l, "vlan", 0, 4095);
	}
}

static void
read_isn(struct script *s)
{
	for (int dir = 0; dir < 2; dir++)
		s->conn->isn[dir] = s->delta +
		    (uint32_t)line_number(&s->line, "isn", 0, UINT32_MAX);
}

static bool
setting(struct script *s)
{
	struct line *l = &s->line;
	if (line_is(l, "client"))
		read_addr(l, &s->conn->ends[0]);
	else if (line_is(l, "server"))
		read_addr(l, &s->conn->ends[1]);
	else if (line_is(l, "isn"))
		read_isn(s);
	else if (line_is(l, "conn"))
		s->conn = conn_get(s, line_word(l, "name"));
	else if (line_is(l, "vlan"))
		read_vlan(l, s->conn);
	else if (line_is(l, "timestamps"))
		s->conn->timestamps = true;
	else if (line_is(l, "linktype"))
		s->link = (int)line_number(l, "linktype", 0, 65535);
	else if (line_is(l, "at"))
		s->now_ns = read_seconds(l);
	else if (line_is(l, "wait"))
		s->now_ns += read_seconds(l);
	else if (line_is(l, "step"))
		s->step_ns = read_seconds(l);
	else if (line_is(l, "release"))
		release(s);
	else
		return false;
	return true;
}

static void
packet_line(struct script *s)
{
	struct line *l = &s->line;
	struct manner m = { 0 };
	while (read_modifier(l, &m))
		;
	if (line_is(l, ">"))
		packet(s, 0, &m, 0);
	else if (line_is(l, "<"))
		packet(s, 1, &m, 0);
	else if (line_is(l, "handshake"))
		handshake(s, &m);
	else if (line_is(l, "raw"))
		raw_frame(s, &m);
	else if (line_is(l, "close")) {
		packet(s, 0, &m, TCP_FIN);
		packet(s, 1, &m, TCP_FIN);
		packet(s, 0, &m, 0);
	} else
		bad(&l->place, "unknown word: %s", line_word(l, "packet"));
}

static void
run(struct script *s, FILE *in)
{
	char *text = NULL;
	size_t size = 0;
	while (getline(&text, &size, in) >= 0) {
		s->line.place.line++;
		text[strcspn(text, "\r\n")] = '\0';
		line_cut(&s->line, text);
		if (s->line.n > 0 && !setting(s))
			packet_line(s);
		if (s->line.next < s->line.n)
			bad(&s->line.place, "not understood: %s",
			    s->line.words[s->line.next].at);
		line_free(&s->line);
	}
	free(text);
	for (struct segment_queue *h = s->holds; h != NULL; h = h->other)
		if (h->frames != NULL)
			bad(&s->line.place, "%s was never released", h->name);
	capfile_begin(&s->file, s->link);
}

static void
script_fini(struct script *s)
{
	for (struct conn *c = s->conns, *next; c != NULL; c = next) {
		next = c->other;
		free(c->name);
		free(c);
	}
	for (struct segment_queue *h = s->holds, *next; h != NULL; h = next) {
		next = h->other;
		free(h->name);
		free(h);
	}
}

static FILE *
open_or_die(const char *path, const char *mode, FILE *dash)
{
	FILE *f = strcmp(path, "-") == 0 ? dash : fopen(path, mode);
	if (f == NULL) {
		fprintf(stderr, "mkpcap: ");
		perror(path);
		exit(2);
	}
	return f;
}

int
main(int argc, char **argv)
{
	struct script s = {
		.now_ns = 1700000000 * INT64_C(1000000000),
		.step_ns = 1000000,
		.link = LINK_ETHERNET,
	};
	const char *out = "-";
	for (int c; (c = getopt(argc, argv, "ngbmi:o:")) != -1;) {
		switch (c) {
		case 'n':
			s.file.nano = true;
			break;
		case 'g':
			s.file.format = FILE_PCAPNG;
			break;
		case 'b':
			s.file.big = true;
			break;
		case 'm':
			s.file.format = FILE_MODIFIED;
			break;
		case 'i':
			s.delta = (uint32_t)strtoul(optarg, NULL, 0);
			break;
		case 'o':
			out = optarg;
			break;
		default:
			return 2;
		}
	}
	if (optind + 1 != argc) {
		fputs("usage: mkpcap [-ngbm] [-i DELTA] [-o FILE] "
		      "CONVERSATION\n",
		    stderr);
		return 2;
	}
	FILE *in = open_or_die(argv[optind], "r", stdin);
	s.file.out = open_or_die(out, "w", stdout);
	s.line.place.file = argv[optind];
	first_conn(&s);
	run(&s, in);
	script_fini(&s);
	fclose(in);
	if (fclose(s.file.out) != 0) {
		perror("mkpcap: write");
		return 1;
	}
	return 0;
}
