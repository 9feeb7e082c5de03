# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# tcpsession: how it is built, tested and installed (GNU make).
#
# A bare `make' in a fresh clone makes and runs configure first; `make help'
# lists the targets.  What configure found is in config.mk; objects and test
# programs go to build/, the program to ./tcpsession.  In a build directory
# of its own (mkdir b; cd b; ../configure; make) this file is a link.

goals := $(or $(MAKECMDGOALS),all)
srcdir := $(if $(wildcard configure.ac),.,$(patsubst %/,%,$(dir \
    $(realpath $(firstword $(MAKEFILE_LIST))))))
abs_srcdir := $(abspath $(srcdir))

# ------------------------------------------------------------------ make deps

# `make deps check': what deps installs must be there before configure looks,
# and before this file reads what configure found.  So with `deps' among the
# goals nothing but that is done here; the rest is for a second make.
ifneq ($(filter deps,$(goals)),)

later := $(filter-out deps,$(goals))
needs := build \
    $(if $(filter check sanitize tsan coverage distcheck bench,$(goals)),test) \
    $(if $(filter lint% format% fuzz%,$(goals)),test dev)

.PHONY: deps later $(later)
deps:
	@sh $(srcdir)/tests/tools/deps $(needs)
ifneq ($(later),)
later: deps
	+@$(MAKE) --no-print-directory $(later)
$(later): later
	@:
endif

else

# -------------------------------------------------------------- configuration

# These goals need no configure.
ifneq ($(filter-out help clean distclean format format-check,$(goals)),)
include config.mk
endif

$(srcdir)/configure: $(srcdir)/configure.ac
	@command -v autoreconf >/dev/null || { echo 'autoreconf is missing;' \
	    '"make deps" installs what is missing' >&2; exit 1; }
	cd $(srcdir) && autoreconf --force --install
	@touch $@

# A second time configure is given what it was given the first time.
config.mk: $(srcdir)/configure $(srcdir)/config.mk.in
	if test -x config.status; then \
	    ./config.status --recheck && ./config.status; \
	else $(srcdir)/configure; fi

# ---------------------------------------------------------------- the program

# V=1 shows the commands.
Q = $(if $(V),,@)
say = @$(if $(V),:,printf '  %-4s %s\n')

warnings = -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion \
    -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
    -Wwrite-strings -Wformat=2 -Wundef -Wvla
language = -std=c11 -D_GNU_SOURCE -DPACKAGE_VERSION='"$(VERSION)"' \
    -I$(srcdir)/src -Ibuild/made
compile = $(CC) $(language) $(LIB_CFLAGS) $(warnings) $(WERROR) $(HARDEN) \
    $(THREADS) $(SANITIZE) $(CPPFLAGS) $(CFLAGS)
link = $(CC) $(THREADS) $(SANITIZE) $(HARDEN_LDFLAGS) $(CFLAGS) $(LDFLAGS)
libs = $(LIB_LIBS) $(LIBS)

# $(call objects,FILES): the object of each C file of the source tree.
objects = $(patsubst $(srcdir)/%.c,build/%.o,$(1))

sources := $(sort $(wildcard $(srcdir)/src/*/*.c))
main := $(srcdir)/src/app/main.c
# Programs that the build runs.
completer := $(srcdir)/src/tools/completions.c
embedder := $(srcdir)/src/tools/embed.c
core := $(call objects,$(filter-out $(main) $(completer) $(embedder),$(sources)))
completions := $(addprefix build/completions/,tcpsession.bash _tcpsession \
    tcpsession.fish)

.PHONY: all
.DEFAULT_GOAL := all
all: tcpsession $(completions)

tcpsession: $(call objects,$(main)) build/libcore.a
	$(say) LD $@
	$(Q)$(link) -o $@ $^ $(libs)

build/completer: $(call objects,$(completer)) build/libcore.a
	$(say) LD $@
	$(Q)$(link) -o $@ $^ $(libs)

# What the report's page is made of, as arrays.
page = $(addprefix $(srcdir)/src/sinks/report/,page.html report.css report.js)
page_header = build/made/sinks/report_page.h
$(page_header): build/embed $(page)
	$(say) GEN $@
	@mkdir -p $(@D)
	$(Q)build/embed $(foreach f,$(page),report_$(subst .,_,$(patsubst \
	    report.%,%,$(notdir $f))) $f) >$@
$(core): | $(page_header)

build/embed: $(embedder)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC_FOR_BUILD) -std=c11 $(warnings) $(WERROR) -o $@ $<

# What shells complete, from the table of options.
build/completions/%.bash: for = bash
build/completions/_%: for = zsh
build/completions/%.fish: for = fish
$(completions): build/completer
	$(say) GEN $@
	@mkdir -p $(@D)
	$(Q)build/completer $(for) >$@

# Everything but main, so that each test links the real code.
build/libcore.a: $(core)
	$(say) AR $@
	$(Q)rm -f $@
	$(Q)$(AR) crs $@ $^

build/%.o: $(srcdir)/%.c config.mk
	$(say) CC $*.c
	@mkdir -p $(@D)
	$(Q)$(compile) $(extra) -MMD -MP -c -o $@ $<

-include $(wildcard build/src/*/*.d build/tests/*/*.d)

# Objects are kept, also those that make would call intermediate.
.SECONDARY:
.DELETE_ON_ERROR:

# ---------------------------------------------------------------------- tests

# $(call programs,PATTERN): one program for each C file below tests/.
programs = $(patsubst $(srcdir)/%.c,build/%,$(sort \
    $(wildcard $(srcdir)/tests/$(1))))

# Helpers that several test programs share; includes are below tests/.
support := $(call objects,$(sort $(wildcard $(srcdir)/tests/lib/*.c)))
# These need cmocka; without it they are not built, and so skipped.
unit := $(if $(filter yes,$(HAVE_CMOCKA)),$(call programs,unit/t_*.c) \
    $(call programs,prop/p_*.c))
mkpcap := $(call objects,$(sort $(wildcard $(srcdir)/tests/tools/mkpcap*.c)))
bench := $(call programs,bench/*.c)
tools := $(if $(mkpcap),build/tests/tools/mkpcap) $(bench) \
    build/tests/tools/probe.so
fuzzers := $(call programs,fuzz/f_*.c)
# Comes between the program and libc, where that is glibc.
fault := build/tests/fault/fault.so

build/tests/%.o: extra = -I$(srcdir)/tests $(CMOCKA_CFLAGS)

build/libtest.a: $(support)
	@mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) crs $@ $^

test_archives := build/libtest.a build/libcore.a

build/tests/tools/mkpcap: $(mkpcap) build/libcore.a
	$(say) LD $@
	$(Q)$(link) -o $@ $^ $(libs)

# Preloaded by tests of the cage.
build/tests/tools/probe.so: $(srcdir)/tests/tools/probe.c config.mk
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(language) $(warnings) $(WERROR) -shared -fPIC $(CPPFLAGS) \
	    $(CFLAGS) -o $@ $<

$(unit): test_libs = $(CMOCKA_LIBS)
$(unit) $(bench): build/%: build/%.o $(test_archives)
	$(say) LD $@
	$(Q)$(link) -o $@ $^ $(test_libs) $(libs)

$(fault): build/%.so: $(srcdir)/%.c config.mk
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(compile) -fPIC -shared -o $@ $< -ldl

# For `make check' a fuzz target runs over its corpus, with any compiler.
$(fuzzers): build/%: build/%.o build/tests/fuzz/standalone.o $(test_archives)
	$(say) LD $@
	$(Q)$(link) -o $@ $^ $(libs)

# What the tests are told of this build.
test_env = TZ=UTC LC_ALL=C SRCDIR='$(abs_srcdir)' BUILDDIR='$(CURDIR)' \
    TCPSESSION='$(CURDIR)/tcpsession' \
    MKPCAP='$(CURDIR)/build/tests/tools/mkpcap' \
    SANITIZE='$(strip $(SANITIZE))'

# TESTS='unit/t_stream cli/*' runs some.
.PHONY: programs check golden-update
programs: all $(unit) $(tools) $(fuzzers) $(fault)
check: programs
	@$(test_env) sh $(srcdir)/tests/tools/run $(foreach t,$(TESTS),'$(t)')

# The server that cli/couch.t talks to, as tests/couch has it.
.PHONY: couch
couch:
	@mkdir -p build/couch
	@cp $(srcdir)/tests/couch/* build/couch
	cd build/couch && npm ci --ignore-scripts --no-audit --no-fund

# Takes what the program writes now as what NAME expects; shows the difference.
golden-update: all $(tools)
	@$(test_env) sh $(srcdir)/tests/golden/run --update '$(NAME)'

# `make sanitize' and the like have a build directory each.  It is configured
# once: remove it to change its CC.
# $(call configured,DIRECTORY,ARGUMENTS)
configured = mkdir -p $(1) && cd $(1) && { test -f config.mk || \
    $(abs_srcdir)/configure $(2); }

.PHONY: sanitize tsan coverage fuzz fuzz-long fuzz-run fault-long bench \
    bench-report report-mutants
sanitize: $(srcdir)/configure
	$(call configured,build-sanitize,CC='$(CC)' CFLAGS='-O1 -g' \
	    --enable-asan --enable-ubsan)
	+@$(MAKE) -C build-sanitize --no-print-directory check

# What threads do.
tsan: $(srcdir)/configure
	$(call configured,build-tsan,CC='$(CC)' CFLAGS='-O1 -g' --enable-tsan)
	+@$(MAKE) -C build-tsan --no-print-directory check \
	    TESTS='cli/jobs unit/t_tar'

# A process that has become another user, or may write no more, counts all the
# same where it can, and is silent where it cannot.
coverage: $(srcdir)/configure
	$(call configured,build-coverage,CC='$(CC)' CFLAGS='-O0 -g' \
	    --enable-coverage)
	find build-coverage -name '*.gcda' -exec rm -f {} +
	+@$(MAKE) -C build-coverage --no-print-directory programs
	@build-coverage/tcpsession --version >/dev/null
	@find build-coverage -name '*.gcda' -exec chmod a+rw {} +
	+@GCOV_ERROR_FILE=/dev/null $(MAKE) -C build-coverage \
	    --no-print-directory check
	@cd build-coverage && sh $(abs_srcdir)/tests/tools/coverage $(abs_srcdir)

# Each fuzz target for so many seconds; FUZZ=f_link takes one.  FUZZ_SEED is
# where its random numbers begin: 0, anywhere.
FUZZ_SECONDS = 60
FUZZ_SEED = 0
FUZZ = $(notdir $(fuzzers))
fuzz: $(srcdir)/configure
	$(call configured,build-fuzz,CC=clang \
	    CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' \
	    --enable-asan --enable-ubsan)
	+@$(MAKE) -C build-fuzz --no-print-directory fuzz-run \
	    FUZZ='$(FUZZ)' FUZZ_SECONDS='$(FUZZ_SECONDS)' \
	    FUZZ_SEED='$(FUZZ_SEED)'

# An hour for all of them together.
fuzz-long:
	+@$(MAKE) --no-print-directory fuzz \
	    FUZZ_SECONDS=$$((3600 / $(words $(FUZZ))))

# Below build-fuzz only.  New inputs are kept there, what crashes is put there.
# NAME.dict beside a target has words that its inputs are made of.
fuzz-run: $(FUZZ:%=build/tests/fuzz/%.fuzz)
	@set -e; for t in $(FUZZ); do \
	    seeds=$(abs_srcdir)/tests/corpus/$${t#f_}; \
	    new=build/corpus/$${t#f_}; mkdir -p $$new; \
	    test -d $$seeds || seeds=; \
	    words=$(srcdir)/tests/fuzz/$${t#f_}.dict; \
	    test -f $$words && words=-dict=$$words || words=; \
	    echo "$$t: $(FUZZ_SECONDS) s"; \
	    build/tests/fuzz/$$t.fuzz -max_total_time=$(FUZZ_SECONDS) \
		-seed=$(FUZZ_SEED) \
		-print_final_stats=1 -verbosity=0 -artifact_prefix=$$t- \
		-rss_limit_mb=2048 -timeout=20 $$words $$new $$seeds; \
	done

build/tests/fuzz/%.fuzz: build/tests/fuzz/%.o $(test_archives)
	$(say) LD $@
	$(Q)$(link) -fsanitize=fuzzer -o $@ $^ $(libs)

# Every place where a call can fail, in every mode: MODE=tar-gzip takes one.
fault-long: all $(fault)
	@$(test_env) FAULT_POINTS=0 $(srcdir)/tests/fault/sweep.t $(MODE)

bench: all $(tools)
	@$(test_env) sh $(srcdir)/tests/bench/run.sh

# Wrong pages of the report, each of which the tests must see.
report-mutants: all $(tools)
	@$(test_env) python3 $(srcdir)/tests/report/mutants.py $(srcdir)/data

# The page of the report in a browser, for 20,000 and 100,000 sessions.
bench-report: all $(tools)
	@$(test_env) python3 $(srcdir)/tests/bench/report.py \
	    build/tests/bench/gen $(or $(SCALE),0.2 1)

# ----------------------------------------------------------------------- lint

lints := lint-format lint-toplevel lint-licence lint-tidy lint-cppcheck \
    lint-layers lint-circles lint-names lint-map lint-options lint-man \
    lint-page
.PHONY: lint $(lints)
lint: $(lints)
	@echo 'lint: nothing found'

lint-format: format-check

lint-toplevel:
	@echo 'top level'
	@sh $(srcdir)/tests/lint/toplevel $(srcdir)

jobs := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)

lint-licence:
	@echo 'licence and copyright'
	@sh $(srcdir)/tests/lint/licence $(srcdir)

lint-tidy lint-layers: export C_FLAGS = $(language) $(LIB_CFLAGS)
lint-tidy: config.mk $(page_header)
	@echo clang-tidy
	@printf '%s\n' $(sources) | \
	    xargs -n 1 -P $(jobs) sh $(srcdir)/tests/lint/tidy

lint-cppcheck:
	@echo cppcheck
	@cppcheck --quiet --std=c11 --inline-suppr --error-exitcode=1 \
	    --enable=warning,performance,portability \
	    --suppress=missingIncludeSystem -j $(jobs) \
	    -D__STDC_VERSION__=201112L -D_GNU_SOURCE \
	    -DPACKAGE_VERSION='"$(VERSION)"' -I$(srcdir)/src $(srcdir)/src

lint-layers: config.mk
	@echo layers
	@CC='$(CC)' sh $(srcdir)/tests/lint/layers $(srcdir)

lint-circles: all
	@echo circles
	@sh $(srcdir)/tests/lint/circles $(call objects,$(filter-out \
	    $(embedder),$(sources)))

lint-names:
	@echo names
	@sh $(srcdir)/tests/lint/names $(srcdir)

lint-map:
	@echo 'src/README'
	@sh $(srcdir)/tests/lint/map $(srcdir)

lint-options: all
	@echo 'options and manual page'
	@sh $(srcdir)/tests/lint/options ./tcpsession \
	    $(srcdir)/man/tcpsession.1

lint-man:
	@echo mandoc
	@mandoc -Tlint -Wwarning $(manuals)

lint-page:
	@echo 'page of the report'
	@sh $(srcdir)/tests/lint/page $(srcdir) build

c_files = $(sort $(wildcard $(addprefix $(srcdir)/,src/*/*.[ch] \
    tests/*/*.[ch])))
.PHONY: format format-check
format:
	clang-format -i $(c_files)
format-check:
	@echo clang-format
	@clang-format --dry-run -Werror $(c_files)

# ------------------------------------------------------ installing, releasing

.PHONY: install uninstall demo
# Programs to use are apart from what is there to be copied and changed.
scripts = $(addprefix $(srcdir)/man/examples/,replay tcpsession.py)
examples = $(filter-out $(scripts) %/__pycache__,$(wildcard $(srcdir)/man/examples/*))
# For section N of the manual, man/NAME.N.
manuals = $(addprefix $(srcdir)/man/,tcpsession.1 tcpsession-formats.5 \
    tcpsession-examples.7)
installed_manuals = $(foreach m,$(manuals),$(mandir)/man$(subst \
    .,,$(suffix $m))/$(notdir $m))
pkgdatadir = $(datadir)/tcpsession
# Where bash, zsh and fish look for $(completions).
for_shells = $(datadir)/bash-completion/completions/tcpsession \
    $(zshdir)/_tcpsession $(datadir)/fish/vendor_completions.d/tcpsession.fish

install: all
	$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(mandir)/man1' \
	    '$(DESTDIR)$(mandir)/man5' '$(DESTDIR)$(mandir)/man7' \
	    '$(DESTDIR)$(docdir)/examples' \
	    '$(DESTDIR)$(pkgdatadir)' \
	    $(patsubst %,'$(DESTDIR)%',$(dir $(for_shells)))
	$(INSTALL) -m 755 tcpsession '$(DESTDIR)$(bindir)/tcpsession'
	$(foreach m,$(installed_manuals),$(INSTALL) -m 644 \
	    $(srcdir)/man/$(notdir $m) '$(DESTDIR)$m' &&) :
	$(INSTALL) -m 755 $(srcdir)/man/examples/replay '$(DESTDIR)$(pkgdatadir)'
	$(INSTALL) -m 644 $(srcdir)/man/examples/tcpsession.py \
	    '$(DESTDIR)$(pkgdatadir)'
	$(INSTALL) -m 644 $(examples) '$(DESTDIR)$(docdir)/examples'
	sed 's,/usr/bin/,$(bindir)/,' $(srcdir)/man/examples/tcpsession.service \
	    >'$(DESTDIR)$(docdir)/examples/tcpsession.service'
	$(foreach n,1 2 3,$(INSTALL) -m 644 $(word $n,$(completions)) \
	    '$(DESTDIR)$(word $n,$(for_shells))' &&) :

uninstall:
	rm -f '$(DESTDIR)$(bindir)/tcpsession' \
	    $(patsubst %,'$(DESTDIR)%',$(installed_manuals)) \
	    $(patsubst %,'$(DESTDIR)%',$(for_shells)) \
	    $(patsubst %,'$(DESTDIR)$(pkgdatadir)/%',$(notdir $(scripts))) \
	    $(patsubst %,'$(DESTDIR)$(docdir)/examples/%',$(notdir $(examples)))

demo: all
	@TZ=UTC sh $(srcdir)/tests/tools/demo ./tcpsession $(srcdir)/data build

release = tcpsession-$(VERSION)
.PHONY: dist distcheck
# What git knows, configure, and a bill of materials; without git, what a
# tarball held.
dist: $(srcdir)/configure
	@rm -rf build/dist && mkdir -p build/dist/$(release)
	@cd $(srcdir) && { git ls-files -z 2>/dev/null | \
	    xargs -0 -r ls -d 2>/dev/null || true; } >$(CURDIR)/build/dist/LIST
	@cd $(srcdir) && { test -s $(CURDIR)/build/dist/LIST || \
	    find src man tests data .ci Makefile configure.ac config.mk.in \
	    README COPYING .clang-format .clang-tidy .gitattributes \
	    .gitignore -type f \
	    >$(CURDIR)/build/dist/LIST; }
	@cd $(srcdir) && tar cf - -T $(CURDIR)/build/dist/LIST configure | \
	    (cd $(CURDIR)/build/dist/$(release) && tar xf - && touch configure)
	@SOURCE_DATE_EPOCH=$$(cd $(srcdir) && { git log -1 --format=%ct \
	    2>/dev/null || date -r configure.ac +%s; }) \
	    sh $(srcdir)/tests/tools/sbom $(VERSION) $(LIBRARIES) \
	    >build/dist/$(release)/tcpsession.spdx
	@cd build/dist && tar cf - $(release) | gzip -9n \
	    >$(CURDIR)/$(release).tar.gz
	@rm -rf build/dist
	@echo 'made $(release).tar.gz'

# The tarball alone builds, passes its tests, installs and uninstalls, in
# another place, in a build directory of its own, with nothing written to the
# sources.
distcheck: dist
	@sh $(srcdir)/tests/tools/distcheck $(release) '$(MAKE)'

# Packages for Debian, in build/deb, from the tarball and the files in
# tests/package.
.PHONY: deb
deb: dist
	@sh $(srcdir)/tests/package/deb $(release) \
	    $(abs_srcdir)/tests/package/debian

# A tarball's configure stays, a clone's is made anew.
.PHONY: clean distclean
clean:
	rm -rf build build-*
	rm -f tcpsession tcpsession-*.tar.gz
distclean: clean
	rm -rf config.mk config.log config.status autom4te.cache
	$(if $(wildcard .git),rm -f configure configure~ aclocal.m4)
	$(if $(wildcard configure.ac),,rm -f Makefile)

endif

# ----------------------------------------------------------------------- help

.PHONY: help
help:
	@echo 'make [all]          the program, ./tcpsession'
	@echo 'make deps GOAL...   install what is missing, then make GOAL'
	@echo 'make demo           build; sessions of the captures in data/'
	@echo 'make check          build; run the tests (TESTS="unit/t_stream")'
	@echo 'make couch          npm brings the server of the test cli/couch'
	@echo 'make sanitize       the same under ASan and UBSan'
	@echo 'make tsan           the tests of threads under TSan'
	@echo 'make lint           layout, clang-tidy, cppcheck, layers, manual'
	@echo 'make format         lay out the C files; format-check only looks'
	@echo 'make fuzz           each target FUZZ_SECONDS=60 (FUZZ="f_link")'
	@echo 'make fuzz-long      all targets, an hour together'
	@echo 'make bench          speed and memory, against other programs'
	@echo 'make coverage       lines that the tests reach'
	@echo 'make golden-update  NAME=x: what case x writes now is right'
	@echo 'make install        below prefix, DESTDIR before it; uninstall'
	@echo 'make dist           the release tarball; distcheck tries it'
	@echo 'make deb            Debian packages in build/deb'
	@echo 'make clean          remove what was built; distclean: all made'
