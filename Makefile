# quaywatch. `make help` lists the targets.
VERSION := 0.1.0
PREFIX  ?= /usr/local
SANITIZE ?=
ENGINES ?= system
V ?=

BUILD := build$(if $(SANITIZE),/sanitize)
LIBS  := libcurl json-c libmicrohttpd libuv zlib
ROOMS := controller controller/core controller/labels docker health exporter
SRC   := $(foreach r,$(ROOMS),$(wildcard $(r)/*.c))
OBJ   := $(SRC:%.c=$(BUILD)/%.o)
UNIT  := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
PAGE  := $(wildcard exporter/page/*)

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wstrict-prototypes \
 -Wmissing-prototypes -Wmissing-declarations -Wold-style-definition -Wundef -Wvla -Walloca -Wcast-qual -Wpointer-arith \
 -Wwrite-strings -Wswitch-enum -Wimplicit-fallthrough -Wdouble-promotion -Wredundant-decls -Wnested-externs
HARDEN := $(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1,\
 -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fno-common)
comma := ,
# The libraries' include folders are system folders: their headers are not ours to warn about.
# (The version is one file's flag: changing it rebuilds that file only.)
CFLAGS ?= -g
CPPFLAGS += -D_GNU_SOURCE -I. $(subst -I,-isystem ,$(shell pkg-config --cflags $(LIBS) 2>/dev/null))
ALL_CFLAGS = -std=c17 $(WARN) $(HARDEN) -fPIE $(CFLAGS)
LDFLAGS += -pie -Wl,-z,relro,-z,now $(if $(SANITIZE),-fsanitize=address$(comma)undefined)
LDLIBS = $(shell pkg-config --libs $(LIBS)) -lm
Q := $(if $(V),,@)

all: $(BUILD)/quaywatch ## build build/quaywatch

$(BUILD)/quaywatch: $(OBJ)
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D); echo "  CC    $<"
	$(Q)$(CC) $(CPPFLAGS) -DQUAYWATCH_VERSION='"$(VERSION)"' $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/exporter/page.o: $(PAGE)

$(BUILD)/quaywatch.a: $(filter-out $(BUILD)/controller/main.o,$(OBJ))
	$(Q)rm -f $@; ar rcs $@ $^

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/quaywatch.a
	@mkdir -p $(@D); echo "  TEST  $<"
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/quaywatch.a -lcmocka $(LDLIBS)

-include $(OBJ:.o=.d) $(UNIT:=.d)

deps: ## install what building needs
	@tests/deps.sh build

clean: ## remove what was built
	rm -rf build

.PHONY: all deps clean
