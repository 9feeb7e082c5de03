/* naming.c: what the files of a session are called. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/names.h"
#include "base/xalloc.h"
#include "model/model.h"
#include "sinks/sink.h"

/* A template gives what follows for one direction. */
struct templated {
	const char *fmt;
	struct name_facts facts;
};

/* A stem and an ending. */
struct ended {
	const char *stem;
	const char *ending;
};

/* Of frames with one VLAN tag the digest is its number; of those with more a
 * name tells nothing. */
static uint16_t
single_tag(uint32_t digest)
{
	return digest < 4096 ? (uint16_t)digest : 0;
}

static char *
make_templated(const void *arg, uint32_t count)
{
	const struct templated *t = arg;

	return name_from_template(t->fmt, &t->facts, count);
}

static char *
make_ended(const void *arg, uint32_t count)
{
	const struct ended *e = arg;

	if (count == 0)
		return name_file(e->stem, e->ending);
	return xasprintf("%sc%u%s", e->stem, count, e->ending);
}

/* What the template makes of a direction, as nobody in the set has it. */
static char *
from_template(struct names *taken, const struct sink_session *ss, int dir)
{
	const struct endpoint *const ends[2] = { &ss->client, &ss->server };
	struct templated t = {
		.fmt = ss->env->template,
		.facts = {
			.from = endpoint_peer(ends[dir]),
			.to = endpoint_peer(ends[!dir]),
			.start_ns = ss->start_ns,
			.number = ss->number,
			.vlan = single_tag(ss->vlan[dir]),
		},
	};

	return names_take(taken, make_templated, &t);
}

const char *
sink_stem(struct sink_session *ss)
{
	struct peer client = endpoint_peer(&ss->client);
	struct peer server = endpoint_peer(&ss->server);

	if (ss->stem == NULL)
		ss->stem = ss->env->template == NULL ?
		    name_stem(&client, &server, ss->number) :
		    from_template(ss->env->stems, ss, 0);
	return ss->stem;
}

void
sink_count(struct sink_session *ss, size_t n)
{
	ss->counted += n;
	*ss->env->memory += n;
}

/* name is ss's from now on. */
static struct out_file *
create(struct sink_session *ss, char *name)
{
	ss->files =
	    xreallocarray(ss->files, ss->n_files + 1, sizeof *ss->files);
	ss->files[ss->n_files++] = name;
	sink_count(ss, sizeof(name) + strlen(name) + 1 + MODEL_MALLOC_COST);
	return out_create(ss->env->out, name, ss->start_ns);
}

struct out_file *
sink_create(struct sink_session *ss, const char *suffix)
{
	struct ended e = { sink_stem(ss), suffix };

	if (ss->env->template == NULL)
		return create(ss, name_file(e.stem, suffix));
	return create(ss, names_take(ss->env->names, make_ended, &e));
}

struct out_file *
sink_create_raw(struct sink_session *ss, int dir)
{
	static const char *const endings[2] = { ".c2s", ".s2c" };
	struct out_file *f;

	assert(dir == 0 || dir == 1);
	if (ss->env->template == NULL)
		f = sink_create(ss, endings[dir]);
	else
		f = create(ss, from_template(ss->env->names, ss, dir));
	ss->raw[dir] = ss->files[ss->n_files - 1];
	return f;
}
