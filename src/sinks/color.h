/* color.h: SGR sequences (ECMA-48, 8.3.117) for terminals that take them. */
#ifndef SINKS_COLOR_H
#define SINKS_COLOR_H

#define COLOR_CLIENT "\033[31m"
#define COLOR_SERVER "\033[34m"
#define COLOR_DIM "\033[2m"
#define COLOR_END "\033[0m"

#endif
