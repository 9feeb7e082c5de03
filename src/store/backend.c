/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* backend.c: stores the first failure of a backend. */
#include "store/backend.h"

#include <errno.h>
#include <stdlib.h>

#include "base/xalloc.h"

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
	free(f->what);
}

void
failure_set(struct failure *f, int errnum, char *what)
{
	pthread_mutex_lock(&f->lock);
	if (f->error == 0) {
		f->what = what;
		f->error = errnum > 0 ? errnum : EIO;
		what = NULL;
	}
	pthread_mutex_unlock(&f->lock);
	free(what);
}

void
backend_fail(const struct backend *m, int errnum, const char *verb,
    const char *name)
{
	if (backend_has_failed(m))
		return;
	failure_set(m->failure, errnum,
	    xasprintf("%s %s%s%s", verb, m->label, name != NULL ? "/" : "",
		name != NULL ? name : ""));
}
