/* transcript.c: both directions in causal order, as records. */
#include "sinks/transcript.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "sinks/words.h"

#define SILENCE_NS 1000000000
/* Payload formatted at once: bounds the scratch buffer. */
#define PIECE 32768

static const char signs[2] = { '>', '<' };

void
transcript_init(struct transcript *t, struct sink_session *ss,
    const struct transcript_body *body)
{
	*t = (struct transcript){ .ss = ss, .body = body };
}

static void
put_endpoint(struct buf *b, const char *key, const struct endpoint *e)
{
	char text[FMT_ENDPOINT_LEN];

	fmt_endpoint(text, e->addr, e->family, e->port);
	buf_printf(b, "# %s %s\n", key, text);
}

static void
put_header(struct buf *b, const struct sink_session *ss)
{
	char start[FMT_TIME_LEN];

	fmt_time(start, ss->start_ns, ss->ts_digits);
	buf_str(b, "# capture ");
	escape_name(b, ss->env->capture);
	buf_printf(b, "\n# session %" PRIu64 "\n", ss->number);
	put_endpoint(b, "client", &ss->client);
	put_endpoint(b, "server", &ss->server);
	buf_printf(b, "# start %s\n", start);
}

static void
put_record(struct buf *b, const struct sink_session *ss, const struct chunk *c)
{
	char seconds[FMT_SECONDS_LEN];

	fmt_seconds(seconds, fmt_since(c->ts_ns, ss->start_ns), ss->ts_digits);
	buf_printf(b, "%c %s #%" PRIu64 " @%" PRIu64 "%s\n", signs[c->dir],
	    seconds, c->packet, c->off, c->concurrent ? " concurrent" : "");
}

static void
end_record(struct transcript *t, struct buf *b)
{
	if (t->in_record)
		t->body->end(t, b);
	t->in_record = false;
}

static bool
goes_on(const struct transcript *t, const struct chunk *c)
{
	return t->in_record && c->dir == t->dir &&
	    fmt_since(c->ts_ns, t->last_ns) <= SILENCE_NS;
}

static void
flush(struct transcript *t, struct buf *b)
{
	out_write(t->file, b->p, b->n);
	buf_reset(b);
}

static void
begin_file(struct transcript *t, struct buf *b)
{
	t->file = sink_create(t->ss, t->body->ending);
	put_header(b, t->ss);
	buf_put(b, t->early.p, t->early.n);
	buf_free(&t->early);
}

static void
put_payload(struct transcript *t, struct buf *b, const struct chunk *c)
{
	for (size_t done = 0; done < c->bytes.n;) {
		size_t left = c->bytes.n - done;
		struct slice s = { c->bytes.p + done,
			left < PIECE ? left : PIECE };

		t->body->put(t, b, c->off + done, s);
		flush(t, b);
		done += s.n;
	}
}

void
transcript_turn(void *st, const struct chunk *c)
{
	struct transcript *t = st;
	struct buf *b = t->ss->env->scratch;

	buf_reset(b);
	if (t->file == NULL)
		begin_file(t, b);
	if (!goes_on(t, c)) {
		end_record(t, b);
		put_record(b, t->ss, c);
		t->in_record = true;
		t->dir = c->dir;
	}
	t->last_ns = c->ts_ns;
	put_payload(t, b, c);
}

void
transcript_gap(void *st, int dir, const struct gap *g)
{
	struct transcript *t = st;
	struct buf *b = t->file != NULL ? t->ss->env->scratch : &t->early;

	if (t->file != NULL)
		buf_reset(b);
	end_record(t, b);
	buf_printf(b, "! %c @%" PRIu64 " +%" PRIu64 " %s\n", signs[dir], g->off,
	    g->len, word_gap(g->reason));
	if (t->file != NULL)
		flush(t, b);
}

static void
put_end(struct buf *b, const struct session *s)
{
	const char *who = word_closed_by(s->closed_by);
	char seconds[FMT_SECONDS_LEN];

	fmt_seconds(seconds, fmt_since(s->end_ns, s->start_ns), s->ts_digits);
	buf_printf(b, "= %s %s %s\n", word_close(s->close),
	    who != NULL ? who : "none", seconds);
}

void
transcript_close(void *st, const struct session *s)
{
	struct transcript *t = st;
	struct buf *b = t->ss->env->scratch;

	if (t->file != NULL) {
		buf_reset(b);
		end_record(t, b);
		put_end(b, s);
		flush(t, b);
		sink_close(t->ss, t->file);
	}
	buf_free(&t->early);
	free(t);
}
