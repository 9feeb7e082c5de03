/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* message.c: the words for how messages end. */
#include "proto/message.h"

#include <assert.h>
#include <stddef.h>

const char *
message_reason_name(enum message_reason reason)
{
	static const char *const names[MESSAGE_REASONS] = {
		[MESSAGE_COMPLETE] = NULL,
		[MESSAGE_CUT] = "cut",
		[MESSAGE_HOLE] = "hole",
		[MESSAGE_BAD_FRAMING] = "bad coding",
		[MESSAGE_BAD_CODING] = "bad coding",
		[MESSAGE_UNKNOWN_CODING] = "unknown coding",
		[MESSAGE_SIZE] = "size",
		[MESSAGE_RATIO] = "ratio",
		[MESSAGE_WINDOW] = "window",
		[MESSAGE_FILES] = "files",
		[MESSAGE_ABORTED] = "aborted",
		[MESSAGE_HEAD_LOST] = "head lost",
	};

	assert(reason < MESSAGE_REASONS);
	return names[reason];
}
