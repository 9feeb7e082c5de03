/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* attr.h: contract attributes that the compiler checks. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define ATTR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ATTR_NODISCARD __attribute__((warn_unused_result))
#define ATTR_NORETURN __attribute__((noreturn))
#define ATTR_NONNULL __attribute__((returns_nonnull))
/* Of functions that only fetch memory: gcc sees no effect in them, and leaves
 * out calls that are not inlined first. */
#define ATTR_FETCH __attribute__((always_inline))

#endif
