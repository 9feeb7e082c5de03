/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* flow_save_parts.h: what flow_save.c writes and flow_load.c reads: lengths of
 * the parts, and bits. */
#ifndef FLOW_FLOW_SAVE_PARTS_H
#define FLOW_FLOW_SAVE_PARTS_H

#define SAVE_HEAD_LEN 48
#define SAVE_RECORD_LEN 158

#define SAVE_SHAPE_LEN 92
#define SAVE_TOMBSTONE_LEN 36

enum { HAS_HALF = 1, IS_SUPERSEDED = 2 };
/* What stands before a segment that no record has. */
#define SAVE_LOOSE_LEN 61

#endif
