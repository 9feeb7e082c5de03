/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* pattern.c: the expressions of --grep, on bytes, by PCRE2. */
#include "inspect/pattern.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_PCRE2

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/buf.h"
#include "base/limit.h"
#include "base/xalloc.h"

/* Bytes behind which no expression looks back. */
#define BEHIND_MAX ((size_t)65535)
#define STACK_FIRST ((size_t)32 << 10)

struct pattern {
	pcre2_code *code;
	size_t behind;
};

struct matcher {
	const struct pattern *pattern;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* or NULL: the thread's */
};

/* ---------------------------------------------------------------- compiling */

static void *
pattern_alloc(size_t n, void *arg)
{
	return malloc_for(arg, n);
}

static void
pattern_release(void *p, void *arg)
{
	free_for(arg, p);
}

/* NULL is none: the library had no memory. */
static void *
there(void *p)
{
	if (p == NULL)
		xalloc_fail();
	return p;
}

static pcre2_general_context *
general_context(void)
{
	return there(
	    pcre2_general_context_create(pattern_alloc, pattern_release, NULL));
}

static pcre2_code *
compile(pcre2_compile_context *c, struct slice text,
    char message[static PATTERN_MESSAGE_LEN])
{
	PCRE2_UCHAR why[PATTERN_MESSAGE_LEN / 2];
	PCRE2_SIZE at;
	int error;
	pcre2_code *code = pcre2_compile(text.p, text.n,
	    PCRE2_MULTILINE | PCRE2_NEVER_UTF | PCRE2_DUPNAMES |
		PCRE2_USE_OFFSET_LIMIT,
	    &error, &at, c);

	if (code != NULL)
		return code;
	if (error == PCRE2_ERROR_HEAP_FAILED)
		xalloc_fail();
	pcre2_get_error_message(error, why, sizeof why);
	snprintf(message, PATTERN_MESSAGE_LEN, "%s, at character %zu",
	    (const char *)why, at + 1);
	return NULL;
}

static struct slice
text_of_expression(const char *expression)
{
	return (
	    struct slice){ (const uint8_t *)expression, strlen(expression) };
}

/* Several, each of which has been compiled by itself, as alternatives that
 * number their groups from 1; what an expression left open ends with it. */
static pcre2_code *
compile_all(pcre2_compile_context *c, const struct str_list *expressions,
    char message[static PATTERN_MESSAGE_LEN])
{
	struct buf b = { 0 };
	pcre2_code *code;

	for (size_t i = 0; i < expressions->n; i++) {
		buf_str(&b, i == 0 ? "(?|(?:" : "|(?:");
		buf_str(&b, expressions->v[i]);
		buf_str(&b, "\\E)");
	}
	buf_byte(&b, ')');
	code = compile(c, (struct slice){ b.p, b.n }, message);
	buf_free(&b);
	return code;
}

/* Each assertion that looks back may begin where another has looked back to:
 * they are counted, generously, and all take as much as the longest. */
static size_t
find_behind(const struct str_list *expressions, const pcre2_code *code)
{
	uint32_t longest = 0;
	size_t n = 0;

	pcre2_pattern_info(code, PCRE2_INFO_MAXLOOKBEHIND, &longest);
	for (size_t i = 0; i < expressions->n; i++) {
		const char *at = expressions->v[i];

		for (; (at = strchr(at, '(')) != NULL; at++)
			n += at[1] == '*' || strncmp(at + 1, "?<", 2) == 0;
	}
	if (n == 0)
		n = 1;
	return n > BEHIND_MAX / (longest + 1) ? BEHIND_MAX : n * longest + 1;
}

/* NULL with a message. */
static pcre2_code *
compile_expressions(pcre2_compile_context *c,
    const struct str_list *expressions,
    char message[static PATTERN_MESSAGE_LEN])
{
	pcre2_code *code = NULL;

	for (size_t i = 0; i < expressions->n; i++) {
		pcre2_code_free(code);
		code =
		    compile(c, text_of_expression(expressions->v[i]), message);
		if (code == NULL)
			return NULL;
	}
	if (expressions->n == 1)
		return code;
	pcre2_code_free(code);
	return compile_all(c, expressions, message);
}

struct pattern *
pattern_new(const struct str_list *expressions,
    char message[static PATTERN_MESSAGE_LEN])
{
	pcre2_general_context *g = general_context();
	pcre2_compile_context *c = there(pcre2_compile_context_create(g));
	struct pattern *p = NULL;
	pcre2_code *code;

	pcre2_set_newline(c, PCRE2_NEWLINE_LF);
	code = compile_expressions(c, expressions, message);
	if (code != NULL) {
		p = xmalloc(sizeof *p);
		*p = (struct pattern){ code, find_behind(expressions, code) };
		/* Where memory cannot be made executable it is interpreted. */
		(void)pcre2_jit_compile(code,
		    PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
	}
	pcre2_compile_context_free(c);
	pcre2_general_context_free(g);
	return p;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_code_free(p->code);
	free(p);
}

size_t
pattern_behind(const struct pattern *p)
{
	return p->behind;
}

/* ---------------------------------------------------------------- searching */

/* It is machine code. */
static bool
pattern_is_fast(const struct pattern *p)
{
	size_t size = 0;

	return pcre2_pattern_info(p->code, PCRE2_INFO_JITSIZE, &size) == 0 &&
	    size > 0;
}

struct matcher *
matcher_new(const struct pattern *p)
{
	pcre2_general_context *g = general_context();
	struct matcher *m = xmalloc(sizeof *m);

	*m = (struct matcher){
		.pattern = p,
		.data = there(pcre2_match_data_create(1, g)),
		.context = there(pcre2_match_context_create(g)),
		.stack =
		    pcre2_jit_stack_create(STACK_FIRST, LIMIT_SEARCH_STACK, g),
	};
	/* Without machine code there is none to be had. */
	if (m->stack == NULL && pattern_is_fast(p))
		xalloc_fail();
	pcre2_set_heap_limit(m->context, LIMIT_SEARCH_HEAP >> 10);
	pcre2_set_depth_limit(m->context, LIMIT_SEARCH_DEPTH);
	if (m->stack != NULL)
		pcre2_jit_stack_assign(m->context, NULL, m->stack);
	pcre2_general_context_free(g);
	return m;
}

void
matcher_free(struct matcher *m)
{
	if (m == NULL)
		return;
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	if (m->stack != NULL)
		pcre2_jit_stack_free(m->stack);
	free(m);
}

static uint32_t
options_of(const struct subject *s)
{
	return (s->goes_on ? PCRE2_PARTIAL_HARD : 0) |
	    (s->is_cut ? PCRE2_NOTEOL : 0) |
	    (s->not_empty ? PCRE2_NOTEMPTY_ATSTART : 0);
}

static enum matched
outcome(const struct matcher *m, const struct subject *s, int rc,
    size_t span[static 2])
{
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(m->data);

	if (rc == PCRE2_ERROR_NOMATCH)
		return MATCHED_NOTHING;
	if (rc == PCRE2_ERROR_NOMEMORY)
		xalloc_fail();
	if (rc < 0 && rc != PCRE2_ERROR_PARTIAL)
		return MATCHED_TO_LIMIT;
	/* With \K a match may begin anywhere, also behind its end. */
	span[1] = v[1] > s->from ? v[1] : s->from;
	span[0] = v[0] < span[1] ? v[0] : span[1];
	return rc < 0 ? MATCHED_IN_PART : MATCHED;
}

/*
 * PCRE2 counts steps from each byte where a match may begin, and does not say
 * how many there were.  So only few are allowed at first, that a text which
 * takes nearly as many from each of its bytes is soon done; more are charged.
 */
enum matched
matcher_find(struct matcher *m, const struct subject *s, size_t span[static 2],
    uint64_t *patience)
{
	static const uint32_t steps[] = { 2000, 50000, 1000000 };
	static const uint8_t nothing[1];
	const uint8_t *text = s->text.n > 0 ? s->text.p : nothing;
	int rc;

	/* What PCRE2_ANCHORED says, machine code does not understand. */
	pcre2_set_offset_limit(m->context, s->here ? s->from : PCRE2_UNSET);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (i > 0 && *patience < steps[i])
			break;
		*patience -= i > 0 ? steps[i] : 0;
		pcre2_set_match_limit(m->context, steps[i]);
		rc = pcre2_match(m->pattern->code, text, s->text.n, s->from,
		    options_of(s), m->data, m->context);
		if (rc != PCRE2_ERROR_MATCHLIMIT)
			return outcome(m, s, rc, span);
	}
	return MATCHED_TO_LIMIT;
}

#else

/* There is no pattern, and so nothing else is ever called. */
struct pattern *
pattern_new(const struct str_list *expressions,
    char message[static PATTERN_MESSAGE_LEN])
{
	(void)expressions;
	snprintf(message, PATTERN_MESSAGE_LEN,
	    "this tcpsession was built without PCRE2");
	return NULL;
}

void
pattern_free(struct pattern *p)
{
	(void)p;
}

size_t
pattern_behind(const struct pattern *p)
{
	(void)p;
	abort();
}

struct matcher *
matcher_new(const struct pattern *p)
{
	(void)p;
	abort();
}

void
matcher_free(struct matcher *m)
{
	(void)m;
}

enum matched
matcher_find(struct matcher *m, const struct subject *s, size_t span[static 2],
    uint64_t *patience)
{
	(void)m;
	(void)s;
	(void)span;
	(void)patience;
	abort();
}

#endif
