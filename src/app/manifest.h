/* manifest.h: capture.json, which says what was read and how. */
#ifndef APP_MANIFEST_H
#define APP_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "base/buf.h"
#include "decode/decode.h"
#include "model/flow.h"

#define MANIFEST_LINKTYPES_MAX 16

/* Filled while a capture is read. */
struct manifest {
	const char *name;
	uint64_t size;		/* of the file; 0 when it is a stream */
	const char *format;
	const char *compression;
	uint16_t linktypes[MANIFEST_LINKTYPES_MAX];
	size_t n_linktypes;
	uint64_t packets;
	uint64_t captured_bytes;
	uint64_t filtered;	/* packets that did not match --filter */
	int64_t first_ns;
	int64_t last_ns;
	uint8_t ts_digits;
	const char *warning;	/* why reading ended badly, or "" */
	struct flows_stats flows;
};

/* Notes one packet. */
void	manifest_packet(struct manifest *m, const struct packet *p);
/* Appends the document. */
void	manifest_write(struct buf *b, const struct manifest *m,
	    const struct decoder *d, const struct config *cfg);

#endif
