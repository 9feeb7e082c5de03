/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* color.h: what colours a line on a terminal, and what ends it. */
#ifndef SINKS_COLOR_H
#define SINKS_COLOR_H

#define COLOR_CLIENT "\033[31m"
/* The bright blue: the other cannot be read on black. */
#define COLOR_SERVER "\033[94m"
#define COLOR_DIM "\033[2m"
/* What stands for a byte, within a coloured line. */
#define COLOR_ESCAPE "\033[2m"
#define COLOR_ESCAPE_END "\033[22m"
/* As grep's. */
#define COLOR_GREP_NAME "\033[35m"
#define COLOR_GREP_NUMBER "\033[32m"
#define COLOR_GREP_SEPARATOR "\033[36m"
#define COLOR_GREP_MATCH "\033[01;31m"
/* In a line of either side. */
#define COLOR_MARK "\033[01;31;7m"
#define COLOR_END "\033[0m"

#endif
