/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* manifest.h: capture.jsonl, which says what was read and how. */
#ifndef APP_MANIFEST_H
#define APP_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "app/fingerprint.h"
#include "base/buf.h"
#include "base/loss.h"
#include "base/str_list.h"
#include "decode/decode.h"
#include "flow/flow.h"
#include "sinks/sink.h"
#include "store/store.h"

#define MANIFEST_LINKTYPES_MAX 16

/* Filled while captures are read. */
struct manifest {
	const char *name; /* borrowed */
	struct fingerprints fingerprints;
	uint64_t size;	    /* of the files; 0 when there are streams */
	const char *format; /* of the first capture */
	const char *compression;
	struct str_list sources; /* names of the captures, in order */
	uint16_t linktypes[MANIFEST_LINKTYPES_MAX];
	size_t n_linktypes;
	uint64_t packets;
	uint64_t captured_bytes;
	uint64_t filtered; /* packets that did not match --filter */
	bool live;	   /* from an interface */
	uint64_t dropped;  /* packets that it has lost */
	int64_t first_ns;
	int64_t last_ns;
	uint8_t ts_digits;
	struct str_list warnings; /* why reading ended badly */
	struct flows_stats flows;
	struct sink_said said; /* in those of them that are selected */
	struct incomplete_set incomplete;
	const struct losses *losses; /* borrowed */
	struct store_outputs outputs;
};

void manifest_init(struct manifest *m, const char *name,
    const struct fingerprints *fingerprints);
void manifest_free(struct manifest *m);
/* One more capture is read. */
void manifest_source(struct manifest *m, const char *name, uint64_t size,
    const char *format, const char *compression);
/* The text is copied; an empty one is none. */
void manifest_warning(struct manifest *m, const char *text);
/* The names of the link types met, comma-separated; only those that are not
 * supported, if so asked. */
void manifest_linktypes(struct buf *b, const struct manifest *m,
    bool unsupported);
/* Notes one packet. */
void manifest_packet(struct manifest *m, const struct packet *p);
/* Appends the options that shape output, as a JSON object; of_memory: also
 * those that only matter to output for which memory was short. */
void manifest_options(struct buf *b, const struct config *cfg, bool of_memory);
/* Appends how the document of output with these words begins. */
void manifest_begin(struct buf *b, const struct fingerprints *fingerprints,
    struct incomplete_set words, const struct store_outputs *outputs);
/* Appends the document. */
void manifest_write(struct buf *b, const struct manifest *m,
    const struct decoder *d, const struct config *cfg);
/* The same without what was written, and without line end. */
void manifest_write_input(struct buf *b, const struct manifest *m,
    const struct decoder *d, const struct config *cfg);

#endif
