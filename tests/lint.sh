#!/bin/bash
# lint.sh: the rules of the house that no compiler knows, on the tree and on the objects in $BUILD. Prints one line a breach;
# exits with 1 when there was any.
set -u
cd "$(dirname "$0")/.."
export LC_ALL=C
build=${BUILD:-build}
rooms="controller controller/alerting controller/cli controller/core controller/external controller/healing controller/labels controller/settings controller/watch docker health exporter exporter/alerts exporter/balancers exporter/consul exporter/dns exporter/etcd exporter/files exporter/formats exporter/history exporter/http exporter/render exporter/templates"
function_max=70
file_max=450
breaches=0

breach() {
    echo "lint: $*"
    breaches=$((breaches + 1))
}

# Passes lines "where: what" on as breaches.
breaches_from() {
    local line
    while IFS= read -r line; do breach "$line"; done
}

files() { for room in $rooms; do ls "$room"/*."$1" 2>/dev/null; done; }

# A C file without its comments and texts, line for line.
code() {
    awk '{
        line = ""
        for (i = 1; i <= length($0); i++) {
            two = substr($0, i, 2); c = substr($0, i, 1)
            if (comment) { if (two == "*/") { comment = 0; i++ } continue }
            if (quote != "") { if (c == "\\") i++; else if (c == quote) quote = ""; continue }
            if (two == "/*") { comment = 1; i++; continue }
            if (two == "//") break
            if (c == "\"" || c == "\047") { quote = c; line = line c; continue }
            line = line c
        }
        quote = ""
        print line
    }' "$1"
}

# --- who may include whom -------------------------------------------------------------------------------------------

may_include() { # ROOM INCLUDED_ROOM INCLUDED_FILE
    case $1 in
    controller | controller/cli | controller/labels) true ;;
    controller/watch) [ "$2" = "$1" ] || [ "$2" = controller/core ] || [ "$2" = docker ] ;;
    controller/core) [ "$2" = controller/core ] ;;
    controller/alerting) [ "$2" = "$1" ] || [ "$2" = controller/core ] || [ "$2" = exporter/alerts ] ;;
    exporter) [ "$2" = "$1" ] || [ "$2" = controller/core ] || [ "${2%/*}" = "$1" ] ;;
    # (What is rendered: the registry, and how the alert channels fare; context.h is its door.)
    exporter/render) [ "$2" = "$1" ] || [ "$2" = controller/core ] || [ "$2" = exporter/alerts ] || [ "$3" = exporter/context.h ] ;;
    # (What is written to files: formats and templates.)
    exporter/files) [ "$2" = "$1" ] || [ "$2" = controller/core ] || [ "$2" = exporter/formats ] || [ "$2" = exporter/templates ] ;;
    # (What is kept in step with the formats' own words.)
    exporter/balancers) [ "$2" = "$1" ] || [ "$2" = controller/core ] || [ "$2" = exporter/formats ] ;;
    *) [ "$2" = "$1" ] || [ "$2" = controller/core ] ;;
    esac
}

check_includes() {
    local file included
    while read -r file included; do
        case " $rooms " in
        *" $(dirname "$included") "*) ;;
        *) breach "$file includes \"$included\", which is in no room" && continue ;;
        esac
        may_include "$(dirname "$file")" "$(dirname "$included")" "$included" ||
            breach "$file may not include \"$included\" (see the rooms: core below, siblings apart, controller above)"
    done < <(grep -noE '^#include "[^"]+"' $(files c) $(files h) | sed -E 's/^([^:]+):[0-9]+:#include "([^"]+)"/\1 \2/')
    breaches_from < <(grep -lE '^#include <curl/' $(files c) $(files h) | grep -v '^controller/core/transfer' |
        sed 's/$/ includes libcurl; only controller\/core\/transfer may/')
    breaches_from < <(grep -lE '^#include <systemd/' $(files c) $(files h) | grep -v '^health/unit_bus' |
        sed 's/$/ includes libsystemd; only health\/unit_bus may/')
    breaches_from < <(grep -lE '^#include <yaml' $(files c) $(files h) |
        grep -vE '^(controller/core/yaml_read|exporter/formats/format_yaml)' |
        sed 's/$/ includes libyaml; only core\/yaml_read and format_yaml may/')
    breaches_from < <(grep -lE '^#include <gnutls/' $(files c) $(files h) | grep -v '^exporter/http/tls' |
        sed 's/$/ includes GnuTLS; only exporter\/http\/tls may/')
    breaches_from < <(grep -lE '^#include <sqlite3' $(files c) $(files h) | grep -v '^exporter/history/database.c' |
        sed 's/$/ includes SQLite; only exporter\/history\/database.c may/')
    breaches_from < <(grep -lE '^#include <(lua|lauxlib)' $(files c) $(files h) | grep -v '^exporter/templates/' |
        sed 's/$/ includes Lua; only exporter\/templates\/ may/')
    breaches_from < <(grep -lE '^#include <ldns/' $(files c) $(files h) | grep -v '^exporter/dns/' |
        sed 's/$/ includes ldns; only exporter\/dns\/ may/')
    breaches_from < <(grep -lE '^#include <microhttpd' $(files c) $(files h) | grep -v '^exporter/' |
        sed 's/$/ includes libmicrohttpd; only exporter\/ may/')
}

# --- headers say what they promise ----------------------------------------------------------------------------------

# A prototype needs a comment above it, or belongs to a block of lines without a gap that begins with one.
check_prototypes() {
    breaches_from < <(awk '
        FNR == 1 { said = 0; open = 0 }
        /^[[:space:]]*$/ { said = 0 }
        /\*\// { said = 1 }
        /^[a-z].*[a-z0-9_]\(/ && !/^(typedef|struct [a-z_]+ \{|enum|static inline)/ && !/^ / {
            if (!said) print FILENAME ":" FNR ": a prototype without a comment: " $0
        }' $(files h))
}

check_heads() {
    local file
    for file in $(files c) $(ls tests/*/*.c compose/*.c 2>/dev/null); do
        [ "$(head -1 "$file")" = '/* SPDX-License-Identifier: MIT */' ] || breach "$file: the first line is not the licence's"
        case $(sed -n 2p "$file") in '/* '*) ;; *) breach "$file: the second line does not say what the file is for" ;; esac
    done
}

# --- size -----------------------------------------------------------------------------------------------------------

check_sizes() {
    breaches_from < <(wc -l $(files c) $(files h) |
        awk -v max=$file_max '$2 != "total" && $1 > max {print $2 ": " $1 " lines, at most " max}')
    breaches_from < <(ctags --languages=C --kinds-C=f --fields=+ne -f - $(files c) $(ls tests/*/*.c compose/*.c) |
        awk -F'\t' -v max=$function_max '{
            for (i = 4; i <= NF; i++) {
                if ($i ~ /^line:/) from = substr($i, 6)
                if ($i ~ /^end:/) to = substr($i, 5)
            }
            if (to - from + 1 > max) print $2 ":" from ": " $1 " has " to - from + 1 " lines, at most " max
        }')
}

# --- what is not used -----------------------------------------------------------------------------------------------

banned='strcpy|strcat|sprintf|vsprintf|strncpy|strncat|gets|strtok|atoi|atol|atof|scanf|system|popen|rand'
banned="$banned|alloca|setjmp|longjmp|gethostbyname|inet_ntoa|localtime|gmtime|ctime|asctime|tmpnam|mktemp|sleep|usleep"

check_banned() {
    local file
    for file in $(files c) $(files h); do
        breaches_from < <(code "$file" | grep -nE "(^|[^A-Za-z0-9_>.])($banned)[[:space:]]*\(" |
            sed "s|^\([0-9]*\):[[:space:]]*|$file:\1: a banned function: |")
        case $file in controller/core/mem.c) continue ;; esac
        breaches_from < <(code "$file" | grep -nE "(^|[^A-Za-z0-9_>.])(malloc|calloc|realloc|strdup|asprintf)[[:space:]]*\(" |
            sed "s|^\([0-9]*\):[[:space:]]*|$file:\1: allocates past core/mem.h: |")
    done
}

# Variables that can change, from the objects themselves: statics inside functions are found as well.
check_globals() {
    local file object
    for file in $(files c); do
        [ "$file" != controller/core/log.c ] || continue
        object=$build/${file%.c}.o
        [ -e "$object" ] || { breach "$object is missing: run make first" && continue; }
        breaches_from < <(objdump -t "$object" |
            awk -v file="$file" '$4 ~ /^\.(data|bss|tdata|tbss)/ && $4 !~ /^\.data\.rel\.ro/ && $3 == "O" ||
                $3 ~ /^\.(data|bss|tdata|tbss)/ && $3 !~ /^\.data\.rel\.ro/ && $2 ~ /^[lg]/ && NF > 4 {
                print file ": a variable that can change: " $NF}')
    done
}

# --- form -----------------------------------------------------------------------------------------------------------

check_format() {
    breaches_from < <(clang-format --dry-run $(files c) $(files h) $(ls tests/*/*.[ch] compose/*.c) 2>&1 |
        sed -n 's/^\([^:]*\):[0-9:]* warning: .*/\1: not formatted (make format)/p' | sort -u)
}

# --- scripts, and what cppcheck sees --------------------------------------------------------------------------------

check_scripts() {
    local scripts
    scripts=$(grep -lE '^#!/bin/(ba)?sh' compose/*.sh tests/*.sh tests/*/*.sh .ci/* 2>/dev/null)
    # SC2046, SC2086: our file names have no blanks. SC2154: parts read by another script. SC2164: a script's own folder is there.
    # shellcheck disable=SC2086
    shellcheck -S warning -e SC2046,SC2048,SC2154,SC2164 $scripts || breach "shellcheck has something to say"
}

# uninitvar, overlappingWriteUnion: mistaken about uthash's macros and about x.a = f(x.b); compilers and sanitizers check it.
check_cppcheck() {
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j 2 -I. \
        --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=uninitvar --suppress=overlappingWriteUnion \
        --suppress=normalCheckLevelMaxBranches $(files c) ||
        breach "cppcheck has something to say"
}

# What tell() tells is one of the kinds in core/journal.c, and the README lists the same.
check_kinds() {
    local listed
    listed=$(sed -n '/event_kinds\[\] = {/,/^};/s/^    {"\([a-z-]*\)".*/\1/p' controller/core/journal.c)
    breaches_from < <(grep -ohzP 'tell\([^;"]*?,\s*"\K[a-z-]+(?=",)' $(files c) | tr '\0' '\n' | sort -u |
        grep -vxF "$listed" | sed 's/.*/an event of kind "&" is not in event_kinds (controller\/core\/journal.c)/')
    diff <(echo "$listed") <(sed -n '/^| kind of event |/,/^$/s/^| `\([a-z-]*\)` .*/\1/p' README.md) >/dev/null ||
        breach "README.md: the kinds of events are not those in controller/core/journal.c"
}

# The README's table of settings is the program's own.
check_readme() {
    diff <("$build/quaywatch" settings --markdown) <(sed -n '/^| Setting |/,/^$/p' README.md | sed '/^$/d') >/dev/null ||
        breach "README.md: the table of settings is not what \`$build/quaywatch settings --markdown\` prints"
}

check_includes
check_prototypes
check_heads
check_sizes
check_banned
check_globals
check_format
check_scripts
check_cppcheck
check_readme
check_kinds
[ $breaches = 0 ] || { echo "lint: $breaches breaches"; exit 1; }
