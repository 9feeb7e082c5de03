/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* loss.c: the table of counters; see loss.h. */
#include "base/loss.h"

#include <stdlib.h>

#include "base/xalloc.h"

#define LOSS_ROW_(name, word, key, text, help)                                 \
	[LOSS_##name] = { INCOMPLETE_##word, key, text, help },
static const struct loss_row rows[LOSSES] = { LOSS_ROWS(LOSS_ROW_) };
#undef LOSS_ROW_

const struct loss_row *
loss_row(enum loss which)
{
	return &rows[which];
}

void
loss_detail(struct losses *l, enum loss which, const char *text)
{
	free(l->detail[which]);
	l->detail[which] = xstrdup(text);
}

struct incomplete_set
losses_words(const struct losses *l)
{
	struct incomplete_set s = { 0 };

	for (int i = 0; i < LOSSES; i++)
		if (l->n[i] > 0)
			incomplete_add(&s, rows[i].word);
	return s;
}

void
losses_free(struct losses *l)
{
	for (int i = 0; i < LOSSES; i++)
		free(l->detail[i]);
	*l = (struct losses){ 0 };
}
