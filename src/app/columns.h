/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* columns.h: how wide a terminal is. */
#ifndef APP_COLUMNS_H
#define APP_COLUMNS_H

/* Columns of the terminal on the descriptor, or what COLUMNS says, also where
 * there is none; 0 when nothing says it. */
unsigned terminal_columns(int fd);

#endif
