/* terminal.h: what standard output is able to show. */
#ifndef APP_TERMINAL_H
#define APP_TERMINAL_H

#include <stdbool.h>

#include "app/config.h"
#include "sinks/console.h"

/* Sets what c says of colours, characters and width. */
void terminal_look(struct console *c, enum when color);
/* Whether a product of standard output is shown on a terminal. */
bool terminal_is_taken(const struct config *cfg);

#endif
