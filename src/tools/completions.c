/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * completions.c: a program of its own, for the build: writes what a shell
 * must know to complete the options, from their table.
 *
 *	completions bash|zsh|fish
 *
 * What an argument can be is told by its name in the table: FILE, DIR, IFACE
 * and USER are what they say, LIST is words with commas between them; other
 * names in capitals are free, or one of the row's words.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "app/options.h"
#include "base/buf.h"

struct shell {
	const char *name;
	void (*write)(void);
};

enum word_kind {
	KIND_NONE, /* takes no argument */
	KIND_FREE,
	KIND_WORDS,
	KIND_LIST,
	KIND_FILE,
	KIND_DIR,
	KIND_IFACE,
	KIND_USER,
};

/* May be left out: it is attached then. */
static bool
is_optional(const struct option_row *o)
{
	return o->arg != NULL && o->arg[0] == '[';
}

static enum word_kind
kind_of(const struct option_row *o)
{
	static const struct {
		const char *arg;
		enum word_kind kind;
	} rows[] = {
		{ "LIST", KIND_LIST },
		{ "FILE", KIND_FILE },
		{ "DIR", KIND_DIR },
		{ "IFACE", KIND_IFACE },
		{ "USER", KIND_USER },
	};

	if (o->arg == NULL)
		return KIND_NONE;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(o->arg, rows[i].arg) == 0)
			return rows[i].kind;
	if (o->words != NULL || islower((unsigned char)o->arg[0]))
		return KIND_WORDS;
	return KIND_FREE;
}

/* The words of a row, which may also stand as its argument: "zero|skip". */
static void
put_words(const struct option_row *o)
{
	const char *words = o->words != NULL ? o->words : o->arg;

	for (const char *p = words; *p != '\0'; p++)
		putchar(*p == '|' ? ' ' : *p);
}

/* Text within single quotes, with a backslash before any of `special`;
 * an apostrophe becomes `apostrophe`. */
static void
print_quoted(const char *text, const char *special, const char *apostrophe)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\'') {
			fputs(apostrophe, stdout);
			continue;
		}
		if (strchr(special, *p) != NULL)
			putchar('\\');
		putchar(*p);
	}
}

/* ------------------------------------------------------------------------ bash */

/* What may stand before the argument: "-o|--output-dir|--output-dir=". */
static void
bash_pattern(const struct option_row *o)
{
	const char *between = "";

	if (o->letter != 0 && !is_optional(o)) {
		printf("-%c", o->letter);
		between = "|";
	}
	if (o->name == NULL)
		return;
	if (!is_optional(o)) {
		printf("%s--%s", between, o->name);
		between = "|";
	}
	printf("%s--%s=", between, o->name);
}

static void
bash_row(const struct option_row *o)
{
	static const char *const how[] = {
		[KIND_FREE] = "return",
		[KIND_FILE] = "_tcpsession_paths -f",
		[KIND_DIR] = "_tcpsession_paths -d",
		[KIND_IFACE] = "_tcpsession_interfaces",
		[KIND_USER] = "_tcpsession_known -u",
		[KIND_WORDS] = "_tcpsession_words",
		[KIND_LIST] = "_tcpsession_list",
	};
	enum word_kind kind = kind_of(o);

	if (kind == KIND_NONE)
		return;
	printf("\t");
	bash_pattern(o);
	printf(") %s", how[kind]);
	if (kind == KIND_WORDS || kind == KIND_LIST) {
		printf(" '");
		put_words(o);
		printf("'");
	}
	puts(" ;;");
}

static void
bash_names(void)
{
	for (size_t i = 0; i < n_options; i++) {
		const struct option_row *o = &options[i];

		if (o->letter != 0)
			printf("\n\t\t    -%c", o->letter);
		if (o->name != NULL)
			printf("%s--%s", o->letter != 0 ? " " : "\n\t\t    ",
			    o->name);
	}
}

static void
write_bash(void)
{
	puts("# tcpsession: completion for bash\n"
	     "_tcpsession_known() {\n"
	     "\tmapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\")\n"
	     "}\n"
	     "_tcpsession_paths() {\n"
	     "\tcompopt -o filenames 2>/dev/null\n"
	     "\t_tcpsession_known \"$1\"\n"
	     "}\n"
	     "_tcpsession_interfaces() {\n"
	     "\tmapfile -t COMPREPLY < <(cd /sys/class/net 2>/dev/null &&\n"
	     "\t    compgen -f -- \"$cur\")\n"
	     "}\n"
	     "_tcpsession_words() {\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
	     "}\n"
	     "# Behind the last comma.\n"
	     "_tcpsession_list() {\n"
	     "\tlocal before=\n"
	     "\tcase $cur in *,*) before=${cur%,*}, ;; esac\n"
	     "\tcompopt -o nospace 2>/dev/null\n"
	     "\tmapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$1\" \\\n"
	     "\t    -- \"${cur##*,}\")\n"
	     "}\n"
	     "_tcpsession() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	     "\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	     "\tCOMPREPLY=()\n"
	     "\t# --option=value is three words.\n"
	     "\tif [ \"$cur\" = = ]; then\n"
	     "\t\tcur=\n"
	     "\t\tprev=$prev=\n"
	     "\telif [ \"$prev\" = = ] && [ \"$COMP_CWORD\" -gt 2 ]; then\n"
	     "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}=\n"
	     "\tfi\n"
	     "\tcase $prev in");
	for (size_t i = 0; i < n_options; i++)
		bash_row(&options[i]);
	printf("\t*)\n"
	       "\t\tcase $cur in\n"
	       "\t\t-*) _tcpsession_words '");
	bash_names();
	puts("' ;;\n"
	     "\t\t*) _tcpsession_paths -f ;;\n"
	     "\t\tesac\n"
	     "\t\t;;\n"
	     "\tesac\n"
	     "}\n"
	     "complete -F _tcpsession tcpsession");
}

/* ------------------------------------------------------------------------- zsh */

static void
zsh_argument(const struct option_row *o)
{
	static const char *const how[] = {
		[KIND_FREE] = " ",
		[KIND_FILE] = "_files",
		[KIND_DIR] = "_files -/",
		[KIND_IFACE] = "_net_interfaces",
		[KIND_USER] = "_users",
		[KIND_WORDS] = "(",
		[KIND_LIST] = "_sequence compadd - ",
	};
	enum word_kind kind = kind_of(o);

	if (kind == KIND_NONE)
		return;
	printf("%s", is_optional(o) ? "::" : ":");
	print_quoted(is_optional(o) ? "program" : o->arg, "[]:\\", "'\\''");
	printf(":%s", how[kind]);
	if (kind == KIND_WORDS || kind == KIND_LIST)
		put_words(o);
	if (kind == KIND_WORDS)
		printf(")");
}

/* One form of an option, as _arguments takes it; the other one excludes it. */
static void
zsh_form(const struct option_row *o, bool is_long)
{
	const char *attached = is_optional(o) ? "-" : "+";

	printf(" \\\n    '");
	if (o->letter != 0 && o->name != NULL)
		printf("(-%c --%s)", o->letter, o->name);
	if (is_long)
		printf("--%s%s", o->name,
		    o->arg == NULL     ? "" :
			is_optional(o) ? "=-" :
					 "=");
	else
		printf("-%c%s", o->letter, o->arg == NULL ? "" : attached);
	printf("[");
	print_quoted(o->help, "[]\\", "'\\''");
	printf("]");
	zsh_argument(o);
	printf("'");
}

static void
write_zsh(void)
{
	puts("#compdef tcpsession\n"
	     "# tcpsession: completion for zsh");
	printf("_arguments -s -S :");
	for (size_t i = 0; i < n_options; i++) {
		if (options[i].letter != 0)
			zsh_form(&options[i], false);
		if (options[i].name != NULL)
			zsh_form(&options[i], true);
	}
	puts(" \\\n    '*:capture:_files'");
}

/* ------------------------------------------------------------------------ fish */

static void
fish_argument(const struct option_row *o)
{
	static const char *const how[] = {
		[KIND_NONE] = "",
		[KIND_FREE] = " -x",
		[KIND_FILE] = " -r -F",
		[KIND_DIR] = " -x -a '(__fish_complete_directories)'",
		[KIND_IFACE] = " -x -a '(__fish_print_interfaces)'",
		[KIND_USER] = " -x -a '(__fish_complete_users)'",
		[KIND_WORDS] = " -x -a '",
		[KIND_LIST] = " -x -a '(__fish_append , ",
	};
	enum word_kind kind = kind_of(o);

	if (is_optional(o))
		return;
	printf("%s", how[kind]);
	if (kind != KIND_WORDS && kind != KIND_LIST)
		return;
	put_words(o);
	printf("%s", kind == KIND_LIST ? ")'" : "'");
}

/* An argument is looked for where one is attached only. */
static void
fish_attached(const struct option_row *o)
{
	printf("complete -c tcpsession -l %s -n 'string match -q -- "
	       "\"--%s=*\" (commandline -ct)' -x -a '",
	    o->name, o->name);
	put_words(o);
	puts("'");
}

static void
write_fish(void)
{
	puts("# tcpsession: completion for fish");
	for (size_t i = 0; i < n_options; i++) {
		const struct option_row *o = &options[i];

		printf("complete -c tcpsession");
		if (o->letter != 0)
			printf(" -s %c", o->letter);
		if (o->name != NULL)
			printf(" -l %s", o->name);
		fish_argument(o);
		printf(" -d '");
		print_quoted(o->help, "\\", "\\'");
		puts("'");
		if (is_optional(o))
			fish_attached(o);
	}
}

int
main(int argc, char **argv)
{
	static const struct shell shells[] = {
		{ "bash", write_bash },
		{ "zsh", write_zsh },
		{ "fish", write_fish },
	};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (argc != 2 || strcmp(argv[1], shells[i].name) != 0)
			continue;
		shells[i].write();
		return fflush(stdout) != 0 || ferror(stdout);
	}
	fputs("usage: completions bash|zsh|fish\n", stderr);
	return 2;
}
