# quaywatch. `make help` lists the targets.
VERSION := 0.1.0
PREFIX  ?= /usr/local
SANITIZE ?=
ENGINES ?= system
FUZZ_SECONDS ?= 30
V ?=

BUILD := build$(if $(SANITIZE),/sanitize)
LIBS  := libcurl json-c libmicrohttpd gnutls libuv zlib libsystemd sqlite3 yaml-0.1 lua5.4 ldns
ROOMS := controller controller/alerting controller/cli controller/core controller/external controller/healing controller/labels controller/settings controller/watch docker health exporter exporter/alerts exporter/balancers exporter/consul exporter/dns exporter/etcd exporter/files exporter/formats exporter/history exporter/http exporter/render exporter/templates
SRC   := $(foreach r,$(ROOMS),$(wildcard $(r)/*.c))
OBJ   := $(SRC:%.c=$(BUILD)/%.o)
# The page's files as they are served: exporter/page/<name> with what it imports, libraries from their Debian packages too.
PAGE_DIR := $(BUILD)/exporter/page
PAGE  := $(addprefix $(PAGE_DIR)/,index.html style.css docs.css app.js layout.js theme.js icon.svg licences.txt)
PAGE_LIBRARIES := node-dagre-layout node-graphlibrary node-lodash
# tests/<kind>/test_x.c becomes build/tests/<kind>/test_x; fuzz targets also become tests that replay their corpus.
TESTS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c tests/engine/test_*.c tests/partners/test_*.c tests/stories/*.c))
SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
SIMULATION := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/simulation/*.c))
FUZZ    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY  := $(FUZZ:$(BUILD)/tests/fuzz/fuzz_%=$(BUILD)/tests/replay/%)
C_FILES := $(wildcard $(foreach r,$(ROOMS) compose tests/*,$(r)/*.[ch]))
TIDY    := $(patsubst %,$(BUILD)/tidy/%.ok,$(filter %.c,$(C_FILES)))

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wstrict-prototypes \
 -Wmissing-prototypes -Wmissing-declarations -Wold-style-definition -Wundef -Wvla -Walloca -Wcast-qual -Wpointer-arith \
 -Wwrite-strings -Wswitch-enum -Wdouble-promotion -Wredundant-decls -Wnested-externs
# (clang cannot see that uthash's macros fall through on purpose.)
WARN += $(if $(findstring clang,$(CC)),,-Wimplicit-fallthrough)
comma := ,
SANITIZERS := -fsanitize=address,undefined$(if $(FUZZING),$(comma)fuzzer-no-link)
HARDEN := $(if $(SANITIZE),$(SANITIZERS) -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1,\
 -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fno-common)
# The libraries' include folders are system folders: their headers are not ours to warn about.
# (The version is one file's flag: changing it rebuilds that file only.)
CFLAGS ?= -g
CPPFLAGS += -D_GNU_SOURCE -I. $(subst -I,-isystem ,$(shell pkg-config --cflags $(LIBS) 2>/dev/null))
ALL_CFLAGS = -std=c17 $(WARN) $(HARDEN) -fPIE $(CFLAGS)
LDFLAGS += -pie -Wl,-z,relro,-z,now $(if $(SANITIZE),$(SANITIZERS))
LDLIBS = $(shell pkg-config --libs $(LIBS)) -lm
LINK_TEST = $(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $(filter %.c %.a,$^)
Q := $(if $(V),,@)
MAKE_QUIETLY = $(MAKE) --no-print-directory

all: $(BUILD)/quaywatch ## build build/quaywatch

$(BUILD)/quaywatch: $(OBJ)
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D); echo "  CC    $<"
	$(Q)$(CC) $(CPPFLAGS) -DQUAYWATCH_VERSION='"$(VERSION)"' $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# page.c embeds them by name, each beside its compressed form.
$(BUILD)/exporter/page.o: $(PAGE)
$(BUILD)/exporter/description.o: exporter/openapi/schemas.json
$(BUILD)/exporter/page.o: CPPFLAGS += -I$(PAGE_DIR)

$(PAGE_DIR)/licences.txt: Makefile
	@mkdir -p $(@D); echo "  PAGE  $@"
	$(Q)for name in $(PAGE_LIBRARIES); do printf '==== %s ====\n\n' $$name; \
	    cat /usr/share/doc/$$name/copyright || exit 1; echo; done >$@
	$(Q)gzip -9nc $@ >$@.gz

$(PAGE_DIR)/%: exporter/page/% $(wildcard exporter/page/* exporter/page/*/*)
	@mkdir -p $(@D); echo "  PAGE  $@"
	$(Q)case $@ in \
	*.js | *.css) NODE_PATH=/usr/share/nodejs esbuild $< --bundle --minify --format=esm --external:/layout.js \
	    --log-level=warning --outfile=$@ ;; \
	*) cp $< $@ ;; \
	esac
	$(Q)gzip -9nc $@ >$@.gz

$(BUILD)/quaywatch.a: $(filter-out $(BUILD)/controller/main.o,$(OBJ))
	$(Q)rm -f $@; ar rcs $@ $^

$(BUILD)/support.a: $(SUPPORT)
	$(Q)rm -f $@; ar rcs $@ $^

# The simulated world's clock, engine and prober come first and win over the product's own.
$(BUILD)/simulate: $(SIMULATION) $(BUILD)/quaywatch.a
	$(Q)$(CC) $(LDFLAGS) -Wl,-z,muldefs -o $@ $^ $(LDLIBS)

$(FUZZ): $(BUILD)/%: %.c $(BUILD)/quaywatch.a
	@mkdir -p $(@D); echo "  FUZZ  $<"
	$(Q)$(LINK_TEST) -fsanitize=fuzzer $(LDLIBS)

$(REPLAY): $(BUILD)/tests/replay/%: tests/fuzz/fuzz_%.c tests/fuzz/replay_main.c $(BUILD)/quaywatch.a
	@mkdir -p $(@D); echo "  TEST  $<"
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -Wno-missing-prototypes -Wno-missing-declarations $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/%: tests/%.c $(BUILD)/support.a $(BUILD)/quaywatch.a
	@mkdir -p $(@D); echo "  TEST  $<"
	$(Q)$(LINK_TEST) -lcmocka $(LDLIBS)

# (It asks DNS with the C library alone, so that it measures our answers with none of our code.)
$(BUILD)/tests/bench/exports: LDLIBS += -lresolv

$(BUILD)/tidy/%.ok: % .clang-tidy
	@mkdir -p $(@D); echo "  TIDY  $<"
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $< -- -std=c17 $(CPPFLAGS) -DQUAYWATCH_VERSION='""' 2>/dev/null
	$(Q)touch $@

-include $(OBJ:.o=.d) $(SUPPORT:.o=.d) $(SIMULATION:.o=.d) $(TESTS:=.d) $(FUZZ:=.d)

deps: ## install what building needs
	@tests/deps.sh build

run: all ## watch your own Docker; the page is on http://localhost:8080
	@$(BUILD)/quaywatch

demo: ## see it work: engine, sample services, one falls sick and is healed
	@tests/deps.sh build demo
	@$(MAKE_QUIETLY) all
	@compose/demo.sh

test: ## all tests; ENGINES=all: on more engines; SANITIZE=1: with sanitizers
	@tests/deps.sh test $(if $(filter all,$(ENGINES)),engines)
	@$(MAKE_QUIETLY) -j2 all test-programs
	@BUILD=$(BUILD) tests/run.sh --engines $(ENGINES) $(if $(ONLY),--only $(ONLY))

test-programs: $(TESTS) $(REPLAY) $(BUILD)/simulate

simulate: ## a month of trouble for 1,000 services, beside a naive healer
	@$(MAKE_QUIETLY) -j2 $(BUILD)/simulate
	@$(BUILD)/simulate

fuzz: fuzz-build ## every fuzz target for FUZZ_SECONDS=30
	@tests/fuzz/run.sh build/fuzz $(FUZZ_SECONDS)

fuzz-build:
	@tests/deps.sh build fuzz
	@$(MAKE_QUIETLY) -j2 BUILD=build/fuzz CC=clang SANITIZE=1 FUZZING=1 CFLAGS=-g1 fuzz-programs

fuzz-programs: $(FUZZ)

lint: ## formatting, clang-tidy, cppcheck and the rules of the house
	@tests/deps.sh lint
	@$(MAKE_QUIETLY) -j2 all
	@$(MAKE_QUIETLY) -k -j2 rules tidy

rules:
	@BUILD=$(BUILD) tests/lint.sh

tidy: $(TIDY)

format: ## format all C files
	@clang-format -i $(C_FILES)

bench: ## measure, beside what others do
	@tests/deps.sh bench
	@tests/bench/run.sh

image: ## build the container image
	@tests/deps.sh build image
	@compose/image.sh

# What the program itself prints, and where that belongs.
INSTALLED := manual:man/man1/quaywatch.1 completion+bash:bash-completion/completions/quaywatch \
 completion+zsh:zsh/site-functions/_quaywatch completion+fish:fish/vendor_completions.d/quaywatch.fish

install: all ## install to DESTDIR and PREFIX
	install -D -m 755 $(BUILD)/quaywatch $(DESTDIR)$(PREFIX)/bin/quaywatch
	@for file in $(INSTALLED); do set -- $$(echo $$file | tr : ' ') && mkdir -p $(DESTDIR)$(PREFIX)/share/$$(dirname $$2) && \
	 $(BUILD)/quaywatch $$(echo $$1 | tr + ' ') >$(DESTDIR)$(PREFIX)/share/$$2 || exit 1; done

clean: ## remove what was built
	rm -rf build

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 10

.PHONY: all deps run demo test test-programs simulate fuzz fuzz-build fuzz-programs lint rules tidy format bench image install clean help
