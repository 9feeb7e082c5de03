/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report.c: one line a session, and one for each difference. */
#include "verify/report.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/fmt.h"

const char *const report_peers[REPORT_PEERS] = { "tshark", "tcpflow" };

static const char *
word_of(const struct verdict *v)
{
	if (v == NULL)
		return "-";
	if (verdict_reasons(v) == 0)
		return "same";
	if (verdict_reasons(v) & REASONS_UNEXPLAINED)
		return "UNEXPLAINED";
	return v->some ? "differs" : "absent";
}

static void
put_finding(struct buf *b, const char *peer, const char *what,
    const struct finding *f)
{
	const char *before = "; also ";

	if (f->reasons == 0)
		return;
	buf_printf(b, "  %s %s from %lld: %s", peer, what, (long long)f->first,
	    reason_text(f->why));
	for (int r = 0; r < REASONS; r++) {
		if ((f->reasons >> r & 1) == 0 || (enum reason)r == f->why)
			continue;
		buf_printf(b, "%s%s", before, reason_text((enum reason)r));
		before = ", ";
	}
	buf_byte(b, '\n');
}

static void
put_verdict(struct buf *b, const char *peer, const struct verdict *v,
    struct peer_counts *c)
{
	static const char *const names[6] = { "c2s", "s2c", "order of c2s",
		"order of s2c", "tls c2s", "tls s2c" };
	uint64_t reasons = verdict_reasons(v);

	for (int dir = 0; dir < 2; dir++)
		put_finding(b, peer, names[dir], &v->bytes[dir]);
	for (int dir = 0; dir < 2; dir++)
		put_finding(b, peer, names[2 + dir], &v->order[dir]);
	for (int dir = 0; dir < 2; dir++)
		put_finding(b, peer, names[4 + dir], &v->spoken[dir]);
	c->opened +=
	    v->opened && v->spoken[0].reasons == 0 && v->spoken[1].reasons == 0;
	c->same += reasons == 0;
	c->unexplained += (reasons & REASONS_UNEXPLAINED) != 0;
	c->explained += reasons != 0 && (reasons & REASONS_UNEXPLAINED) == 0;
	for (int r = 0; r < REASONS; r++)
		c->reasons[r] += reasons >> r & 1;
}

static int
by_number(const void *a, const void *b)
{
	const struct report_row *x = a, *y = b;

	return x->session->number < y->session->number ? -1 :
	    x->session->number > y->session->number    ? 1 :
							 0;
}

static int
widest(const struct report_row *rows, size_t n, bool server)
{
	int width = (int)strlen("client");

	for (size_t i = 0; i < n; i++) {
		const struct endpoint *e = server ? &rows[i].session->server :
						    &rows[i].session->client;
		char text[FMT_ENDPOINT_LEN];
		int len =
		    (int)(fmt_endpoint(text, e->addr, e->family, e->port) -
			text);

		width = len > width ? len : width;
	}
	return width;
}

void
report_sessions(struct buf *b, const char *shown, struct report_row *rows,
    size_t n, struct report_counts *c)
{
	int w[2] = { widest(rows, n, false), widest(rows, n, true) };
	char client[FMT_ENDPOINT_LEN], server[FMT_ENDPOINT_LEN];

	if (n > 0)
		qsort(rows, n, sizeof(*rows), by_number);
	escape_name(b, shown);
	buf_printf(b, "\n%7s  %-*s  %-*s  %10s  %10s  %-11s  %s\n", "session",
	    w[0], "client", w[1], "server", "c2s", "s2c", "tshark", "tcpflow");
	for (size_t i = 0; i < n; i++) {
		const struct ours *o = rows[i].session;

		fmt_endpoint(client, o->client.addr, o->client.family,
		    o->client.port);
		fmt_endpoint(server, o->server.addr, o->server.family,
		    o->server.port);
		buf_printf(b, "%7llu  %-*s  %-*s  %10lld  %10lld  %-11s  %s\n",
		    (unsigned long long)o->number, w[0], client, w[1], server,
		    (long long)o->bytes[0], (long long)o->bytes[1],
		    word_of(rows[i].v[0]), word_of(rows[i].v[1]));
		for (int p = 0; p < REPORT_PEERS; p++)
			if (rows[i].v[p] != NULL)
				put_verdict(b, report_peers[p], rows[i].v[p],
				    &c->peer[p]);
	}
	c->sessions += n;
}

void
report_totals(struct buf *b, const struct report_counts *counts)
{
	buf_printf(b, "sessions: %llu\n", (unsigned long long)counts->sessions);
	for (int p = 0; p < REPORT_PEERS; p++) {
		const struct peer_counts *c = &counts->peer[p];

		if (!c->ran)
			continue;
		buf_printf(b,
		    "%s: same: %llu, differences explained: %llu, "
		    "unexplained: %llu\n",
		    report_peers[p], (unsigned long long)c->same,
		    (unsigned long long)c->explained,
		    (unsigned long long)c->unexplained);
		for (int r = 0; r < REASONS; r++)
			if (c->reasons[r] > 0)
				buf_printf(b, "%7llu  %s\n",
				    (unsigned long long)c->reasons[r],
				    reason_text((enum reason)r));
		if (c->opened > 0)
			buf_printf(b, "%7llu  opened from TLS to the same\n",
			    (unsigned long long)c->opened);
		if (c->only > 0)
			buf_printf(b,
			    "%7llu  streams of %s alone, of no session\n",
			    (unsigned long long)c->only, report_peers[p]);
	}
}
