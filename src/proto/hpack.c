/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* hpack.c: HPACK (RFC 7541), where configure found nghttp2. */
#include "proto/hpack.h"

#ifdef HAVE_NGHTTP2

#include <limits.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>

#include "base/limit.h"
#include "base/xalloc.h"

/* What the library takes for itself, and for each entry of a table beside its
 * bytes, about. */
#define HPACK_STATE ((size_t)1296)
#define HPACK_ENTRY ((size_t)200)

struct hpack {
	nghttp2_hd_inflater *inflater;
};

static void *
hpack_take(size_t size, void *arg)
{
	return malloc_for(arg, size);
}

static void
give(void *p, void *arg)
{
	free_for(arg, p);
}

static void *
take_zeroed(size_t n, size_t size, void *arg)
{
	if (n > UINT_MAX || size > UINT_MAX)
		return NULL;
	return calloc_for(arg, (unsigned)n, (unsigned)size);
}

static void *
resize(void *p, size_t size, void *arg)
{
	void *more = realloc(p, size > 0 ? size : 1);

	(void)arg;
	if (more == NULL && xalloc_again())
		more = realloc(p, size > 0 ? size : 1);
	return more;
}

bool
hpack_is_there(void)
{
	return true;
}

struct hpack *
hpack_new(void)
{
	static nghttp2_mem mem = { NULL, hpack_take, give, take_zeroed,
		resize };
	struct hpack *x = xcalloc(1, sizeof *x);

	if (nghttp2_hd_inflate_new2(&x->inflater, &mem) != 0 ||
	    nghttp2_hd_inflate_change_table_size(x->inflater,
		LIMIT_HPACK_TABLE) != 0) {
		hpack_free(x);
		xalloc_fail();
	}
	return x;
}

void
hpack_free(struct hpack *x)
{
	if (x == NULL)
		return;
	if (x->inflater != NULL)
		nghttp2_hd_inflate_del(x->inflater);
	free(x);
}

size_t
hpack_memory(const struct hpack *x)
{
	/* The fixed table's 61 entries are counted, too: no harm. */
	return sizeof *x + HPACK_STATE +
	    nghttp2_hd_inflate_get_dynamic_table_size(x->inflater) +
	    HPACK_ENTRY * nghttp2_hd_inflate_get_num_table_entries(x->inflater);
}

bool
hpack_put(struct hpack *x, struct slice block, bool last,
    void (*field)(void *arg, struct slice name, struct slice value), void *arg)
{
	for (;;) {
		nghttp2_nv nv;
		int flags = 0;
		ssize_t n = nghttp2_hd_inflate_hd2(x->inflater, &nv, &flags,
		    block.p, block.n, last);

		if (n == NGHTTP2_ERR_NOMEM)
			xalloc_fail();
		if (n < 0)
			return false;
		block.p += n;
		block.n -= (size_t)n;
		if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
			field(arg, (struct slice){ nv.name, nv.namelen },
			    (struct slice){ nv.value, nv.valuelen });
		if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0)
			nghttp2_hd_inflate_end_headers(x->inflater);
		if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0 ||
		    ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && block.n == 0))
			return true;
	}
}

#else

bool
hpack_is_there(void)
{
	return false;
}

struct hpack *
hpack_new(void)
{
	return NULL;
}

void
hpack_free(struct hpack *x)
{
	(void)x;
}

size_t
hpack_memory(const struct hpack *x)
{
	(void)x;
	return 0;
}

bool
hpack_put(struct hpack *x, struct slice block, bool last,
    void (*field)(void *arg, struct slice name, struct slice value), void *arg)
{
	(void)x;
	(void)block;
	(void)last;
	(void)field;
	(void)arg;
	return false;
}

#endif
