/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report.c: one line a session, and one for each difference. */
#include "verify/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "base/xalloc.h"

const char *const report_peers[REPORT_PEERS] = { "tshark", "tcpflow" };

static const char *
word_of(const struct verdict *v, const struct ours *o)
{
	bool nothing = true;

	if (v == NULL)
		return "-";
	if (!verdict_differs(v))
		return "same";
	for (int dir = 0; dir < 2; dir++)
		if (o->side[dir].bytes.size > 0 && !v->absent[dir])
			nothing = false;
	if (!verdict_is_explained(v))
		return "UNEXPLAINED";
	return nothing && v->absent[0] && v->absent[1] ? "absent" : "differs";
}

static void
put_finding(struct buf *b, const char *peer, const char *what,
    const struct finding *f)
{
	bool first = true;

	if (!f->differs)
		return;
	buf_printf(b, "  %s %s from %lld: ", peer, what, (long long)f->first);
	buf_str(b, reason_text(f->why));
	for (int r = 0; r < REASONS; r++) {
		if ((f->reasons >> r & 1) == 0 || (enum reason)r == f->why)
			continue;
		buf_str(b, first ? "; also " : ", ");
		buf_str(b, reason_text((enum reason)r));
		first = false;
	}
	buf_byte(b, '\n');
}

static void
put_differences(struct buf *b, const char *peer, const struct verdict *v)
{
	static const char *const bytes[2] = { "c2s", "s2c" };
	static const char *const order[2] = { "order of c2s", "order of s2c" };

	for (int dir = 0; dir < 2; dir++)
		put_finding(b, peer, bytes[dir], &v->bytes[dir]);
	for (int dir = 0; dir < 2; dir++)
		put_finding(b, peer, order[dir], &v->order[dir]);
}

static void
count(struct report_counts *c, int peer, const struct verdict *v)
{
	uint64_t reasons = v->bytes[0].reasons | v->bytes[1].reasons |
	    v->order[0].reasons | v->order[1].reasons;

	if (!verdict_differs(v))
		c->same[peer]++;
	else if (verdict_is_explained(v))
		c->explained[peer]++;
	else
		c->unexplained[peer]++;
	for (int r = 0; r < REASONS; r++)
		c->reasons[peer][r] += reasons >> r & 1;
}

static int
widest(const struct report *r, char (*text)[2][FMT_ENDPOINT_LEN], int side)
{
	int width = (int)strlen("client");

	for (size_t i = 0; i < r->n; i++)
		if ((int)strlen(text[i][side]) > width)
			width = (int)strlen(text[i][side]);
	return width;
}

static void
put_endpoint(char out[static FMT_ENDPOINT_LEN], const struct endpoint *e)
{
	fmt_endpoint(out, e->addr, e->family, e->port);
}

void
report_sessions(struct buf *b, const struct report *r, struct report_counts *c)
{
	char(*text)[2][FMT_ENDPOINT_LEN] = xcalloc(r->n + 1, sizeof(*text));
	int client, server;

	for (size_t i = 0; i < r->n; i++) {
		put_endpoint(text[i][0], &r->sessions[i]->client);
		put_endpoint(text[i][1], &r->sessions[i]->server);
	}
	client = widest(r, text, 0);
	server = widest(r, text, 1);
	escape_name(b, r->shown);
	buf_printf(b, "\n%7s  %-*s  %-*s  %10s  %10s  %-11s  %s\n", "session",
	    client, "client", server, "server", "c2s", "s2c", "tshark",
	    "tcpflow");
	for (size_t i = 0; i < r->n; i++) {
		const struct ours *o = r->sessions[i];
		const struct verdict *v[REPORT_PEERS];

		for (int p = 0; p < REPORT_PEERS; p++)
			v[p] =
			    r->verdicts[p] != NULL ? &r->verdicts[p][i] : NULL;
		buf_printf(b, "%7llu  %-*s  %-*s  %10llu  %10llu  %-11s  %s\n",
		    (unsigned long long)o->number, client, text[i][0], server,
		    text[i][1], (unsigned long long)o->side[0].bytes.size,
		    (unsigned long long)o->side[1].bytes.size, word_of(v[0], o),
		    word_of(v[1], o));
		c->sessions++;
		for (int p = 0; p < REPORT_PEERS; p++) {
			if (v[p] == NULL)
				continue;
			put_differences(b, report_peers[p], v[p]);
			count(c, p, v[p]);
		}
	}
	free(text);
}

void
report_totals(struct buf *b, const struct report_counts *c,
    const bool ran[REPORT_PEERS])
{
	buf_printf(b, "sessions: %llu\n", (unsigned long long)c->sessions);
	for (int p = 0; p < REPORT_PEERS; p++) {
		if (!ran[p])
			continue;
		buf_printf(b,
		    "%s: same: %llu, differences explained: %llu, "
		    "unexplained: %llu\n",
		    report_peers[p], (unsigned long long)c->same[p],
		    (unsigned long long)c->explained[p],
		    (unsigned long long)c->unexplained[p]);
		for (int r = 0; r < REASONS; r++)
			if (c->reasons[p][r] > 0)
				buf_printf(b, "%7llu  %s\n",
				    (unsigned long long)c->reasons[p][r],
				    reason_text((enum reason)r));
		if (c->only[p] > 0)
			buf_printf(b,
			    "%7llu  streams of %s alone, of no session\n",
			    (unsigned long long)c->only[p], report_peers[p]);
	}
}
