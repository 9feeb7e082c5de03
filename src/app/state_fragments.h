/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* state_fragments.h: the IP datagrams that are not whole at the end of a run of
 * --state, as the frames that they came in. */
#ifndef APP_STATE_FRAGMENTS_H
#define APP_STATE_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "decode/decode.h"

/* Of a decoder that keeps frames (decoder_keep_frames). */
void state_fragments_write(const struct decoder *d,
    void (*write)(void *arg, const void *p, size_t n), void *arg);
/* Gives them to another; false when what comes is not what was written. */
bool state_fragments_read(struct decoder *d,
    bool (*read)(void *arg, void *p, size_t n), void *arg);

#endif
