/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * state.h: the file in which a run leaves its open connections to the next.
 *
 * A heading with a version, what flow_save.h writes, and a SHA-256 of it all.
 * Read only when the whole of it is sound; written beside its place and
 * renamed.
 */
#ifndef APP_STATE_H
#define APP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/message.h"
#include "base/attr.h"
#include "flow/flow.h"

/* Takes in what the last run left; a file that is not there is an empty one.
 * *packets: read by the runs before.  False after a message. */
bool state_load(const char *path, struct flows *f, uint64_t *packets,
    struct messages *m) ATTR_NODISCARD;

/* A state written, not yet in its place. */
struct state_file;

/* Writes what is open now, and forgets it.  NULL after a message. */
struct state_file *state_write(const char *path, struct flows *f,
    uint64_t packets, struct messages *m) ATTR_NODISCARD;
/* Puts it in its place; false after a message.  Frees s. */
bool state_publish(struct state_file *s, struct messages *m) ATTR_NODISCARD;
/* Removes it.  Frees s, which may be NULL. */
void state_discard(struct state_file *s);

#endif
