/* facts.c: what is noted of a session's data while it passes. */
#include "sinks/facts.h"

#include <string.h>

#include "base/fmt.h"

void
facts_data(struct facts *f, const struct chunk *c)
{
	size_t room = FACTS_FIRST - f->n_first[c->dir];
	size_t n = c->bytes.n < room ? c->bytes.n : room;

	memcpy(f->first[c->dir] + f->n_first[c->dir], c->bytes.p, n);
	f->n_first[c->dir] = (uint8_t)(f->n_first[c->dir] + n);
}

void
facts_line(struct buf *b, const struct session *s, const struct facts *f)
{
	char client[FMT_ENDPOINT_LEN], server[FMT_ENDPOINT_LEN];

	(void)f;
	fmt_endpoint(client, s->client.addr, s->client.family, s->client.port);
	fmt_endpoint(server, s->server.addr, s->server.family, s->server.port);
	buf_printf(b, "%s  %s", client, server);
}
