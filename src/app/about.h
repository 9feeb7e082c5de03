/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* about.h: what the program says of itself: --help and --version. */
#ifndef APP_ABOUT_H
#define APP_ABOUT_H

/* The options in their groups on standard output; no line is longer than 80
 * columns. */
void about_help(void);

/* The version on standard output, then the libraries that are used, each with
 * the version that is loaded, and the compiler. */
void about_version(void);

#endif
