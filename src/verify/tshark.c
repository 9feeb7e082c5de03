/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tshark.c: tshark's streams, as its Follow gives them: each piece with the
 * number of the packet that brought it.
 *
 * Every stream that is followed costs a look at every packet.  A capture with
 * many pairs is read in groups of them, so that the work grows as the capture
 * does.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "capture/capture.h"
#include "verify/copy.h"
#include "verify/peer.h"

/* Pairs of a group; groups. */
#define GROUP 200
#define GROUPS_MAX 200
/* A packet with a fragment is of every group. */
#define OF_ALL 255
/* Streams that one run follows, at most. */
#define FOLLOW_MAX 16384
#define PACKETS_MAX ((int64_t)1 << 36)

/* -- its output ---------------------------------------------------------- */

static int64_t
true_number(const struct follow *f, uint64_t packet)
{
	if (f->numbers == NULL)
		return packet < (uint64_t)PACKETS_MAX ? (int64_t)packet : 0;
	return packet - 1 < f->n_numbers ? f->numbers[packet - 1] : 0;
}

/* "[4 bytes missing in capture file]", with its NUL perhaps: 4; else 0. */
static int64_t
parse_hole(struct slice b)
{
	static const char tail[] = " bytes missing in capture file]";
	int64_t n = 0;
	size_t i = 1;

	while (i < b.n && i < 18 && b.p[i] >= '0' && b.p[i] <= '9')
		n = n * 10 + (b.p[i++] - '0');
	b = slice_from(b, b.n > 0 && b.p[0] == '[' ? i : b.n);
	return b.n + 1 >= sizeof(tail) && b.n <= sizeof(tail) &&
		memcmp(b.p, tail, b.n) == 0 ?
	    n :
	    0;
}

/* What the packet's frames have of the record: its end, as of a segment whose
 * beginning was known, or from the beginning on. */
static void
find_in_packet(struct follow *f, const struct frame_pair *p, struct slice b,
    struct peer_part *x)
{
	size_t i = p->n == 0 ?
	    0 :
	    first_above(&p->v->packet, p->n, sizeof(*p->v), f->packet);

	while (i-- > 0 && p->v[i].packet == f->packet) {
		struct slice have =
		    frame_bytes(f->frames->spill, &p->v[i], &f->frames->room);
		uint64_t at = 0;

		have.n = have.n < p->v[i].n ? have.n : p->v[i].n;
		if (p->v[i].from != x->from)
			continue;
		if (x->pos == FRAME_NO_ACK)
			x->pos = p->v[i].pos;
		if (b.n <= have.n &&
		    memcmp(have.p + have.n - b.n, b.p, b.n) == 0)
			at = have.n - b.n;
		if ((int64_t)slice_common(slice_from(have, at), b) <= x->len)
			continue;
		x->len = (int64_t)slice_common(slice_from(have, at), b);
		x->kind = PART_BYTES;
		x->frame = i;
		x->at = (uint32_t)at;
		x->pos = p->v[i].pos + (int64_t)at;
	}
}

/* Adds parts for the record, which goes on at pos unless a frame says. */
static void
add_parts(struct follow *f, struct peer_stream *s, struct slice b,
    struct peer_part *x)
{
	int64_t hole = parse_hole(b);

	find_in_packet(f, &f->frames->v[s->pair], b, x);
	if (x->len == 0 && hole > 0) {
		x->kind = PART_HOLE;
		x->len = hole;
		peer_stream_add(s, x);
		return;
	}
	if (x->len > 0)
		peer_stream_add(s, x);
	for (b = slice_from(b, (uint64_t)x->len); b.n > 0;
	     b = slice_from(b, (uint64_t)x->len)) {
		size_t n = frames_find_part(f->frames, b);

		x->pos += x->len;
		x->kind = n > 0 ? PART_FRAGMENT : PART_ALIEN;
		x->len = n > 0 ? (int64_t)n : 1;
		peer_stream_add(s, x);
	}
}

/* A record of TLS that tshark has opened; what it says of the peers is not
 * always complete. */
static void
take_opened(struct follow *f, struct slice record)
{
	uint64_t packet = (uint64_t)f->packet;
	size_t pair = packet < f->n_pair_of ? f->pair_of[packet] : 0;
	int node = f->has_ep[f->node] ? f->node : !f->node;
	const struct ours_list *l = f->ours;
	struct ours *whose = NULL;
	uint8_t from;

	if (pair-- == 0 || !f->has_ep[node])
		return;
	from = pair_side(&f->frames->v[pair], &f->ep[node]);
	if (node != f->node)
		from = pair_other(&f->frames->v[pair], from);
	for (size_t i = ours_first(l, pair); i < l->n; i++) {
		struct ours *o = l->v[i];

		if (o->pair != pair)
			break;
		if (o->spoken == NULL || f->packet < o->first_packet ||
		    f->packet > o->last_packet)
			continue;
		whose = whose != NULL ? whose : o;
		if (spoken_has(o->spoken, ours_direction(o, from), f->packet,
			record))
			return;
	}
	if (whose != NULL)
		spoken_add_more(whose->spoken, ours_direction(whose, from));
}

static void
end_record(struct follow *f)
{
	struct slice b = { f->data.p, f->data.n };
	struct peer_stream *s = &f->peer->v[f->peer->n - (f->peer->n > 0)];
	struct peer_part x = { .kind = PART_ALIEN, .pos = FRAME_NO_ACK };

	if (f->in_stream && b.n > 0 && f->ours != NULL) {
		take_opened(f, b);
	} else if (f->in_stream && b.n > 0) {
		s->bytes += b.n;
		if (s->pair != FRAME_NONE) {
			x.from =
			    pair_side(&f->frames->v[s->pair], &f->ep[f->node]);
			for (size_t i = s->n; i-- > 0 && x.pos == FRAME_NO_ACK;)
				if (s->v[i].from == x.from)
					x.pos = s->v[i].pos + s->v[i].len;
			add_parts(f, s, b, &x);
		}
	}
	buf_reset(&f->data);
}

static void
take_base64(struct buf *out, const char *text)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	int n = 0;

	for (const char *d; *text != '\0' && *text != '='; text++) {
		if ((d = strchr(digits, *text)) == NULL)
			continue;
		bits = bits << 6 | (uint32_t)(d - digits);
		n += 6;
		if (n >= 8)
			buf_byte(out, (uint8_t)(bits >> (n -= 8)));
	}
}

/* "17\t3" or "17\t3,4": a packet and its streams. */
static void
take_frame(struct follow *f, const char *text)
{
	char *at;
	int64_t packet = true_number(f, strtoull(text, &at, 10));
	struct peer_result *p = f->peer;

	while (packet >= p->n_listed) {
		size_t n = (size_t)p->n_listed / 8;

		p->listed = xreallocarray(p->listed, 2 * n + 1024, 1);
		memset(p->listed + n, 0, n + 1024);
		p->n_listed = 8 * (2 * (int64_t)n + 1024);
	}
	while (*at != '\0' && at[1] >= '0' && at[1] <= '9') {
		uint64_t stream = strtoull(at + 1, &at, 10);

		p->listed[packet / 8] |= (uint8_t)(1 << (packet % 8));
		if (stream >= f->top)
			f->top = stream + 1;
	}
}

/* The text behind the words that the line begins with, or NULL. */
static const char *
behind(const char *line, const char *words)
{
	size_t n = strlen(words);

	return strncmp(line, words, n) == 0 ? line + n : NULL;
}

static void
take_line(struct follow *f)
{
	const char *line = buf_cstr(&f->line), *text;
	struct endpoint *e = &f->ep[f->node];

	if (line[0] >= '0' && line[0] <= '9') {
		take_frame(f, line);
	} else if ((text = behind(line, "      ")) != NULL) {
		take_base64(&f->data, text);
	} else if ((text = behind(line, "    host: ")) != NULL) {
		f->has_ep[f->node] = peer_parse_address(text, strlen(text), e);
	} else if ((text = behind(line, "    port: ")) != NULL) {
		e->port = (uint16_t)strtoul(text, NULL, 10);
	} else if ((text = behind(line, "    peer: ")) != NULL ||
	    (text = behind(line, "  - peer: ")) != NULL) {
		f->node = *text == '1';
	} else if ((text = behind(line, "  - packet: ")) != NULL) {
		end_record(f);
		f->packet = true_number(f, strtoull(text, NULL, 10));
	} else if (strcmp(line, "peers:") == 0) {
		end_record(f);
		f->in_stream = false;
	} else if (strcmp(line, "packets:") == 0) {
		if (f->ours == NULL)
			peer_add(f->peer,
			    frames_find(f->frames, &f->ep[0], &f->ep[1]));
		f->in_stream = true;
	}
	buf_reset(&f->line);
}

void
follow_take(void *follow, struct slice bytes)
{
	struct follow *f = follow;

	while (bytes.n > 0) {
		const uint8_t *end = memchr(bytes.p, '\n', bytes.n);
		size_t n = end != NULL ? (size_t)(end - bytes.p) : bytes.n;

		buf_put(&f->line, bytes.p, n);
		if (end != NULL)
			take_line(f);
		bytes = slice_from(bytes, n + 1);
	}
}

void
follow_fini(struct follow *f)
{
	end_record(f);
	buf_free(&f->line);
	buf_free(&f->data);
}

/* -- runs ---------------------------------------------------------------- */

/* A file with some of the packets, or all (numbers is NULL). */
struct group {
	const char *file;
	int64_t *numbers;
	size_t n;
	size_t cap;
	const uint32_t *pair_of; /* see struct follow */
	size_t n_pair_of;
};

/* Follows streams [first, end) of a file, or what TLS has in them; of TCP lists
 * the packets in which there is some when first is 0.  One more than the
 * highest stream. */
static uint64_t
run_once(struct peer_result *p, const struct peer_job *job,
    const struct group *g, uint64_t first, uint64_t end, bool tls)
{
	static const char *const words[] = { "tshark", "-n", "-q", "-o",
		"tcp.reassemble_out_of_order:TRUE", "-r", "", "-T", "fields",
		"-e", "frame.number", "-e", "tcp.stream" };
	size_t n = first == 0 && !tls ? sizeof(words) / sizeof(words[0]) : 7;
	size_t begin = n;
	const char **argv =
	    xcalloc(n + 2 * (size_t)(end - first) + 3, sizeof(*argv));
	struct follow f = { .peer = p,
		.frames = job->frames,
		.numbers = g->numbers,
		.n_numbers = g->n,
		.ours = tls ? job->ours : NULL,
		.pair_of = g->pair_of,
		.n_pair_of = g->n_pair_of };
	const struct spawn s = { .starter = job->starter,
		.program = STARTER_TSHARK,
		.capture = job->source,
		.argv = argv,
		.home = job->home,
		.output = follow_take,
		.arg = &f,
		.stopped = job->stopped };
	struct spawn_result r;

	memcpy(argv, words, n * sizeof(*argv));
	argv[6] = g->file;
	if (tls) {
		argv[n++] = "-o";
		argv[n++] = xasprintf("tls.keylog_file:%s", job->keys);
	}
	for (uint64_t i = first; i < end; i++) {
		argv[n++] = "-z";
		argv[n++] = xasprintf("follow,%s,yaml,%llu",
		    tls ? "tls" : "tcp", (unsigned long long)i);
	}
	spawn_run(&s, &r);
	follow_fini(&f);
	if (r.code != 0)
		p->result = r;
	while (n > begin) {
		free((char *)(uintptr_t)argv[n - 1]);
		n -= 2;
	}
	free(argv);
	return f.top;
}

/* How many streams there are is known after the first run; more than was
 * expected takes a few runs more, each with twice as many. */
static void
run_file(struct peer_result *p, const struct peer_job *job,
    const struct group *g, uint64_t expected)
{
	uint64_t top = run_once(p, job, g, 0, expected, false), more = expected;

	for (uint64_t i = expected; i < top && !job->stopped(); i += more) {
		more = 2 * more < FOLLOW_MAX ? 2 * more : FOLLOW_MAX;
		more = more < top - i ? more : top - i;
		run_once(p, job, g, i, i + more, false);
	}
	for (uint64_t i = 0; g->pair_of != NULL && i < top && !job->stopped();
	     i += more) {
		more = FOLLOW_MAX < top - i ? FOLLOW_MAX : top - i;
		run_once(p, job, g, i, i + more, true);
	}
}

/* Copies those packets into the group's file that hold something of its pairs;
 * of[] tells the group of each packet, 0 when it is of no pair. */
static bool
fill_group(struct group *g, const struct peer_job *job, const uint8_t *of,
    int64_t packets, uint8_t which)
{
	int fd = open(job->captures[0], O_RDONLY | O_CLOEXEC);
	struct capture *c = capture_new_fd(fd);
	struct copy *copy = copy_new(g->file, true, 0);
	struct packet p;

	while (capture_next(c, &p) == CAPTURE_PACKET) {
		int64_t number = (int64_t)p.number;

		uint8_t is = number < packets ? of[number] : 0;

		if (is != which && is != OF_ALL)
			continue;
		g->numbers = room_for_one(g->numbers, g->n, &g->cap,
		    sizeof(*g->numbers));
		g->numbers[g->n++] = number;
		copy_add(copy, &p);
	}
	capture_free(c);
	if (fd >= 0)
		close(fd);
	return copy_close(copy) == 0 && g->n > 0;
}

/* One more than the last packet of a pair. */
static int64_t
count_packets(const struct evidence *f)
{
	int64_t packets = 0;

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].v[f->v[i].n - 1].packet >= packets)
			packets = f->v[i].v[f->v[i].n - 1].packet + 1;
	return packets;
}

static void
run_groups(struct peer_result *p, const struct peer_job *job,
    const struct group *whole, size_t groups)
{
	const struct evidence *f = job->frames;
	char *name = xasprintf("%s/group", job->home);
	int64_t packets = count_packets(f);
	uint8_t *of;

	of = xcalloc((size_t)packets, 1);
	for (size_t i = 0; i < f->n; i++)
		for (size_t k = 0; k < f->v[i].n; k++)
			of[f->v[i].v[k].packet] = (uint8_t)(i % groups + 1);
	for (size_t i = 0; i < f->n_parts; i++)
		if (f->parts[i].packet < packets)
			of[f->parts[i].packet] = OF_ALL;
	for (size_t i = 0; i <= groups && !job->stopped(); i++) {
		struct group g = { .file = name,
			.pair_of = whole->pair_of,
			.n_pair_of = whole->n_pair_of };

		if (fill_group(&g, job, of, packets, (uint8_t)i))
			run_file(p, job, &g,
			    4 + (i > 0) * f->n / groups * 5 / 4);
		unlink(name);
		free(g.numbers);
	}
	free(of);
	free(name);
}

void
peer_run_tshark(struct peer_result *p, const struct peer_job *job)
{
	size_t pairs = job->frames->n, groups = pairs / GROUP + 1;
	struct group whole = { .file = job->captures[0] };
	const struct evidence *f = job->frames;
	uint32_t *pair_of = NULL;

	if (job->keys != NULL) {
		whole.n_pair_of = (size_t)count_packets(f);
		pair_of = xcalloc(whole.n_pair_of + 1, sizeof(*pair_of));
		for (size_t i = 0; i < f->n; i++)
			for (size_t k = 0; k < f->v[i].n; k++)
				pair_of[f->v[i].v[k].packet] = (uint32_t)i + 1;
		whole.pair_of = pair_of;
	}
	if (pairs > 2 * GROUP)
		run_groups(p, job, &whole,
		    groups < GROUPS_MAX ? groups : GROUPS_MAX);
	else
		run_file(p, job, &whole, pairs + 4);
	free(pair_of);
}
