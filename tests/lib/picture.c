/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* picture.c: plays scripts on a stream. */
#include "lib/picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint32_t picture_isns[PICTURE_ISNS] = { 0, 1, UINT32_MAX, UINT32_MAX - 10,
	INT32_MAX - 3 };

void
picture_push(struct rig *r, uint64_t off, const char *text, bool weak)
{
	struct slice s = { (const uint8_t *)text, strcspn(text, "%") };

	rig_push(r, off, s, strlen(text), weak);
}

static void
perform(struct rig *r, const struct step *s)
{
	switch (s->kind) {
	case SYN:
		rig_syn(r);
		break;
	case DATA:
	case WEAK:
		picture_push(r, s->off, s->bytes, s->kind == WEAK);
		break;
	case REFUSED:
		rig_refuse(r, s->off,
		    (struct slice){ (const uint8_t *)s->bytes,
			strlen(s->bytes) });
		break;
	case SPEAK:
		rig_spoke(r);
		break;
	case EMPTY:
		rig_push(r, s->off, (struct slice){ NULL, 0 }, 0, false);
		break;
	case ACK:
		rig_ack(r, s->off);
		break;
	case FIN:
		rig_fin(r, s->off);
		break;
	case WINDOW:
		r->s.window_end = r->s.base + s->off;
		break;
	case GIVE_UP:
		stream_give_up_hole(&r->s, &r->env);
		break;
	case END:
	case CLOSE:
	case NONE:
		rig_end(r, s->kind == CLOSE);
	}
}

static void
same(const struct script *sc, uint32_t isn, size_t step, const char *what,
    const char *want, const char *got)
{
	if (strcmp(want, got) == 0)
		return;
	fprintf(stderr,
	    "%s, ISN %" PRIu32 ", step %zu: %s is \"%s\", not \"%s\"\n",
	    sc->name, isn, step + 1, what, got, want);
	abort();
}

void
picture_at(const struct script *sc, uint32_t isn)
{
	struct stream_rules cfg = rig_default_config();
	const char *out = "", *held = "";
	struct buf got = { 0 };
	struct rig r;

	cfg.overlap = sc->overlap;
	cfg.strict = sc->strict;
	if (sc->max_gap > 0)
		cfg.max_gap = sc->max_gap;
	if (sc->max_bytes > 0)
		cfg.max_bytes = sc->max_bytes;
	rig_init(&r, isn, &cfg);
	r.takes_late = sc->late;
	if (!sc->midstream)
		rig_syn(&r);
	for (size_t i = 0; i < STEPS_MAX && sc->steps[i].kind != NONE; i++) {
		const struct step *s = &sc->steps[i];

		perform(&r, s);
		out = s->out != NULL ? s->out : out;
		held = s->held != NULL ? s->held : held;
		same(sc, isn, i, "delivered", out, buf_cstr(&r.out));
		buf_reset(&got);
		rig_held(&r, &got);
		same(sc, isn, i, "held", held, buf_cstr(&got));
	}
	buf_reset(&got);
	rig_facts(&r, &got);
	same(sc, isn, STEPS_MAX, "facts", sc->facts != NULL ? sc->facts : "",
	    buf_cstr(&got));
	buf_free(&got);
	rig_fini(&r);
}

void
picture_run(const struct script *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < PICTURE_ISNS; j++)
			picture_at(&v[i], picture_isns[j]);
}
