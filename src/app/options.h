/* options.h: the table of options; config.c's alone. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/config.h"

/* What is known while the command line is read. */
struct parse {
	struct config *cfg;
	char *message;
	const char *tar_option; /* met, and of no use without a tar */
};

/* One option: names, argument, help, and what takes it. */
struct option_row {
	char letter;	  /* 0: none */
	const char *name; /* NULL: none */
	const char *arg;  /* NULL: none */
	const char *help;
	bool (*take)(struct parse *p, const char *arg);
	size_t flag; /* without take: where in struct config a bool is */
};

extern const struct option_row options[];
extern const size_t n_options;

/* Makes "what: arg" the message; false. */
bool option_fail(struct parse *p, const char *what, const char *arg);
/* One more PATH. */
void config_add_path(struct config *cfg, const char *path);

#endif
