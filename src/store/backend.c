/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* backend.c: stores the first failure of a backend. */
#include "store/backend.h"

#include <errno.h>
#include <stdio.h>

void
failure_init(struct failure *f)
{
	*f = (struct failure){ 0 };
	pthread_mutex_init(&f->lock, NULL);
}

void
failure_fini(struct failure *f)
{
	pthread_mutex_destroy(&f->lock);
}

void
failure_set(struct failure *f, int errnum, const char *verb, const char *label,
    const char *name)
{
	pthread_mutex_lock(&f->lock);
	if (f->error == 0) {
		snprintf(f->what, sizeof(f->what), "%s %s%s%s", verb, label,
		    name != NULL ? "/" : "", name != NULL ? name : "");
		f->error = errnum > 0 ? errnum : EIO;
	}
	pthread_mutex_unlock(&f->lock);
}

void
backend_fail(const struct backend *m, int errnum, const char *verb,
    const char *name)
{
	failure_set(m->failure, errnum, verb, m->label, name);
}
