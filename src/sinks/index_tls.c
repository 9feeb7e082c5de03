/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* index_tls.c: what the index says of a session's TLS. */
#include "sinks/index_tls.h"

#include "inspect/enum_names.h"
#include "proto/tls_hello.h"

static void
put_opened_gaps(struct json *j, const struct tls_opened_side *side)
{
	json_key(j, "gaps");
	json_array(j);
	for (size_t i = 0; i < side->n_gaps; i++) {
		const struct gap *g = &side->gaps[i];

		json_array(j);
		json_u64(j, g->off);
		json_u64(j, g->len);
		json_string(j, enum_name_gap(g->reason));
		json_array_end(j);
	}
	json_array_end(j);
}

static void
put_opened_side(struct json *j, const char *key,
    const struct tls_opened_side *side, const struct sink_names *names,
    size_t place)
{
	json_key(j, key);
	json_object(j);
	json_key(j, "bytes");
	json_u64(j, side->bytes);
	json_key(j, "missing");
	json_u64(j, side->missing);
	put_opened_gaps(j, side);
	json_key(j, "records_lost");
	json_u64(j, side->records_lost);
	json_key(j, "file");
	if (place > 0)
		json_bytes(j, sink_name_at(names, place));
	else
		json_null(j);
	json_object_end(j);
}

static void
put_word_or_null(struct json *j, const char *key, const char *word)
{
	json_key(j, key);
	if (word != NULL)
		json_string(j, word);
	else
		json_null(j);
}

/* A version or suite as tls_hello.h writes it. */
static void
put_if_known(struct json *j, const char *key, uint16_t number,
    void (*put)(struct buf *b, uint16_t number))
{
	struct buf text = { 0 };

	if (number != 0)
		put(&text, number);
	put_word_or_null(j, key, number != 0 ? buf_cstr(&text) : NULL);
	buf_free(&text);
}

void
index_tls(struct json *j, const struct sink_session *ss)
{
	static const char *const earlies[] = {
		[TLS_EARLY_NONE] = NULL,
		[TLS_EARLY_OFFERED] = "offered",
		[TLS_EARLY_ACCEPTED] = "accepted",
		[TLS_EARLY_REFUSED] = "refused",
	};
	static const char *const opened[] = {
		[TLS_DECRYPTED_NO] = "no",
		[TLS_DECRYPTED_PARTLY] = "partly",
		[TLS_DECRYPTED_YES] = "yes",
	};
	const struct tls_opened *o = ss->opened;

	if (o == NULL || !o->seen) {
		json_null(j);
		return;
	}
	json_object(j);
	put_if_known(j, "version", o->version, tls_put_version);
	put_if_known(j, "cipher", o->suite, tls_put_suite);
	put_word_or_null(j, "early", earlies[o->early]);
	json_key(j, "early_bytes");
	json_u64(j, o->early_bytes);
	json_key(j, "decrypted");
	json_string(j, opened[o->decrypted]);
	put_word_or_null(j, "reason", tls_reason_name(o->reason));
	put_opened_side(j, "c2s", &o->side[0], &ss->names, ss->names.plain[0]);
	put_opened_side(j, "s2c", &o->side[1], &ss->names, ss->names.plain[1]);
	json_object_end(j);
}
