/* SPDX-License-Identifier: MIT */
/* Reads one label's text as the kind of value its field wants, and says in words what is allowed. */
#include "controller/labels/fields.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"
#include "controller/labels/command.h"
#include "exporter/alerts/channels.h"

enum { PERCENT_DIGITS = 4, PERCENT_ALL = 1000000 };

_Static_assert(sizeof(enum check_kind) == sizeof(unsigned), "choices are stored as unsigned");
_Static_assert(sizeof(enum protocol) == sizeof(unsigned), "choices are stored as unsigned");
_Static_assert(sizeof(enum restart_policy) == sizeof(unsigned), "choices are stored as unsigned");

static int read_text(struct resolution *r, const struct field *field, const char *text, void *member)
{
    size_t length = strlen(text);
    if (length > (size_t)field->max)
        return -EINVAL;
    if (field->kind == VALUE_TEXT)
        for (const char *c = text; *c; c++)
            if (iscntrl((unsigned char)*c))
                return -EINVAL;
    const char *copy = arena_copy(&r->spec->arena, text);
    memcpy(member, &copy, sizeof copy);
    return 0;
}

static int read_number(const struct field *field, const char *text, void *member)
{
    int64_t number;
    bool port = field->kind == VALUE_PORT;
    if (text_number(text, port ? 1 : field->min, port ? 65535 : field->max, &number) < 0)
        return -EINVAL;
    /* unsigned and int have one size, and a port is positive. */
    unsigned value = (unsigned)number;
    memcpy(member, &value, sizeof value);
    return 0;
}

/* A bare number counts milliseconds in our own labels, seconds in those that others invented. */
static int64_t bare_unit_ms(const char *label)
{
    return strncmp(label, "service.", 8) == 0 ? 1 : 1000;
}

static int read_duration(const struct field *field, const char *label, const char *text, void *member)
{
    int64_t ms;
    if (field->min == 0 && strcasecmp(text, "off") == 0)
        ms = 0;
    else if (text_duration(text, bare_unit_ms(label), &ms) < 0 || ms < field->min)
        return -EINVAL;
    memcpy(member, &ms, sizeof ms);
    return 0;
}

/* Digits, perhaps a point and up to four more; a percent sign may follow. */
static int read_percent(const char *text, void *member)
{
    size_t whole = strspn(text, "0123456789"), fraction = 0;
    const char *rest = text + whole;
    if (*rest == '.')
        fraction = strspn(++rest, "0123456789");
    if (!whole || whole > 3 || fraction > PERCENT_DIGITS || (rest > text + whole && !fraction) ||
        (strcmp(rest + fraction, "%") != 0 && rest[fraction] != '\0'))
        return -EINVAL;
    unsigned parts = 0;
    for (size_t i = 0; i < whole; i++)
        parts = parts * 10 + (unsigned)(text[i] - '0');
    for (size_t i = 0; i < PERCENT_DIGITS; i++)
        parts = parts * 10 + (i < fraction ? (unsigned)(rest[i] - '0') : 0);
    if (parts > PERCENT_ALL)
        return -EINVAL;
    memcpy(member, &parts, sizeof parts);
    return 0;
}

static int read_share(const struct field *field, const char *text, void *member)
{
    char number[16];
    int64_t value;
    size_t length = strlen(text);
    bool percent = length > 0 && text[length - 1] == '%';
    length -= percent;
    if (length >= sizeof number)
        return -EINVAL;
    memcpy(number, text, length);
    number[length] = '\0';
    if (text_number(number, 0, percent ? 100 : field->max, &value))
        return -EINVAL;
    struct share *share = member;
    *share = (struct share){.set = true, .percent = percent, .value = (unsigned)value};
    return 0;
}

static int read_bool(const char *text, void *member)
{
    bool value;
    if (text_bool(text, &value) < 0)
        return -EINVAL;
    memcpy(member, &value, sizeof value);
    return 0;
}

static int read_choice(const struct field *field, const char *text, void *member)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct choice *choice = &field->choices[i];
        if (strcasecmp(choice->word, text) != 0)
            continue;
        if (field->kind == VALUE_WORD)
            memcpy(member, &choice->word, sizeof choice->word);
        else
            memcpy(member, &choice->value, sizeof choice->value);
        return 0;
    }
    return -EINVAL;
}

static int read_command(struct resolution *r, const struct field *field, const char *text, void *member)
{
    struct arena arena = {0};
    struct strings argv;
    int code = command_parse(text, &arena, &argv);
    arena_free(&arena);
    return code ? code : read_text(r, field, text, member);
}

/* Visible ASCII only: what goes into a request line cannot end it. */
static int read_path(struct resolution *r, const struct field *field, const char *text, void *member)
{
    if (*text != '/' || strlen(text) > (size_t)field->max)
        return -EINVAL;
    for (const char *c = text; *c; c++)
        if (!isgraph((unsigned char)*c) || (unsigned char)*c >= 0x80 || *c == '#')
            return -EINVAL;
    const char *copy = arena_copy(&r->spec->arena, text);
    memcpy(member, &copy, sizeof copy);
    return 0;
}

/* What may stand in a URL as its host. */
static int read_host(struct resolution *r, const struct field *field, const char *text, void *member)
{
    if (!text_is_host(text) || strlen(text) > (size_t)field->max)
        return -EINVAL;
    const char *copy = arena_copy(&r->spec->arena, text);
    memcpy(member, &copy, sizeof copy);
    return 0;
}

/* One "200" or "200-299". */
static int check_status_range(char *part)
{
    int64_t low, high;
    char *rest = part;
    char *first = text_cut(&rest, '-');
    if (!first || text_number(first, 100, 599, &low) < 0)
        return -EINVAL;
    if (!rest)
        return 0;
    return text_number(rest, low, 599, &high);
}

static int read_statuses(struct resolution *r, const struct field *field, const char *text, void *member)
{
    if (*text == '\0' || strlen(text) > (size_t)field->max)
        return -EINVAL;
    char *rest = arena_copy(&r->spec->arena, text);
    for (char *part; (part = text_cut(&rest, ',')) != NULL;)
        if (check_status_range(part) < 0)
            return -EINVAL;
    const char *copy = arena_copy(&r->spec->arena, text);
    memcpy(member, &copy, sizeof copy);
    return 0;
}

/* In a compose file people write "backend"; the engine's name is "<project>_backend". */
static int read_network(struct resolution *r, const char *text, void *member)
{
    const char *project = pairs_get(&r->merged, "com.docker.compose.project");
    size_t length = project ? strlen(project) : 0;
    const char *found = NULL;
    for (size_t i = 0; i < r->container->network_count; i++) {
        const char *name = r->container->networks[i].name;
        if (strcmp(name, text) == 0) {
            found = name;
            break;
        }
        if (length && strncmp(name, project, length) == 0 && name[length] == '_' &&
            strcmp(name + length + 1, text) == 0)
            found = name;
    }
    if (!found)
        return -EINVAL;
    const char *copy = arena_copy(&r->spec->arena, found);
    memcpy(member, &copy, sizeof copy);
    return 0;
}

static int read_channels(struct resolution *r, const struct field *field, const char *text, void *member)
{
    if (*text == '\0' || strlen(text) > (size_t)field->max)
        return -EINVAL;
    char *rest = arena_copy(&r->spec->arena, text);
    for (char *part; strcasecmp(text, "none") != 0 && (part = text_cut(&rest, ',')) != NULL;)
        if (channel_find(part) < 0)
            return -EINVAL;
    const char *copy = arena_copy(&r->spec->arena, text);
    memcpy(member, &copy, sizeof copy);
    return 0;
}

int value_read(struct resolution *r, const struct field *field, const char *label, const char *text)
{
    void *member = (char *)r->spec + field->member;
    if (field->kind != VALUE_TEXT && field->kind != VALUE_RAW && field->kind != VALUE_COMMAND)
        text = text_trim(arena_copy(&r->spec->arena, text));
    switch (field->kind) {
    case VALUE_TEXT:
    case VALUE_RAW:
        return read_text(r, field, text, member);
    case VALUE_COMMAND:
        return read_command(r, field, text, member);
    case VALUE_NUMBER:
    case VALUE_PORT:
        return read_number(field, text, member);
    case VALUE_DURATION:
        return read_duration(field, label, text, member);
    case VALUE_PERCENT:
        return read_percent(text, member);
    case VALUE_SHARE:
        return read_share(field, text, member);
    case VALUE_BOOL:
        return read_bool(text, member);
    case VALUE_CHOICE:
    case VALUE_WORD:
        return read_choice(field, text, member);
    case VALUE_PATH:
        return read_path(r, field, text, member);
    case VALUE_STATUSES:
        return read_statuses(r, field, text, member);
    case VALUE_HOST:
        return read_host(r, field, text, member);
    case VALUE_CHANNELS:
        return read_channels(r, field, text, member);
    case VALUE_NETWORK:
        return read_network(r, text, member);
    }
    return -EINVAL;
}

static void allowed_duration(const struct field *field, const char *label, char *ret, size_t size)
{
    char least[24];
    text_format_duration(field->min, least);
    snprintf(ret, size, "a duration of at least %s, such as 1500ms, 30s or 5m (a bare number counts %s)",
             least, bare_unit_ms(label) == 1 ? "milliseconds" : "seconds");
}

static void allowed_choice(const struct field *field, char *ret, size_t size)
{
    size_t used = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < field->choice_count && used < size; i++) {
        const char *join = i == 0 ? "" : i + 1 == field->choice_count ? " or " : ", ";
        used += (size_t)snprintf(ret + used, size - used, "%s%s", join, field->choices[i].word);
    }
}

static void allowed_network(const struct resolution *r, char *ret, size_t size)
{
    char name[64];
    size_t used = (size_t)snprintf(ret, size, "a network the container is attached to:");
    for (size_t i = 0; i < r->container->network_count && i < 4 && used < size; i++) {
        text_one_line(r->container->networks[i].name, name, sizeof name);
        used += (size_t)snprintf(ret + used, size - used, "%s %s", i ? "," : "", name);
    }
}

static void allowed_channels(char *ret, size_t size)
{
    size_t used = (size_t)snprintf(ret, size, "none, or a comma list of");
    for (unsigned i = 0; i < CHANNEL_COUNT && used < size; i++)
        used += (size_t)snprintf(ret + used, size - used, "%s %s", i ? "," : "", channel_name[i]);
}

void value_allowed(const struct resolution *r, const struct field *field, const char *label, char *ret,
                   size_t size)
{
    switch (field->kind) {
    case VALUE_TEXT:
        snprintf(ret, size, "at most %d printable characters", (int)field->max);
        return;
    case VALUE_RAW:
        snprintf(ret, size, "at most %d bytes", (int)field->max);
        return;
    case VALUE_COMMAND:
        snprintf(
            ret, size,
            "a JSON array of arguments ([\"/bin/check\", \"-x\"]) or a line for /bin/sh, of at most %d bytes",
            (int)field->max);
        return;
    case VALUE_NUMBER:
        snprintf(ret, size, "a whole number from %d to %d", (int)field->min, (int)field->max);
        return;
    case VALUE_PORT:
        snprintf(ret, size, "a port from 1 to 65535%s",
                 strcmp(label, "service.health.port") == 0 ? " or the name of a service.port.<name>" : "");
        return;
    case VALUE_DURATION:
        allowed_duration(field, label, ret, size);
        return;
    case VALUE_PERCENT:
        snprintf(ret, size, "a percentage from 0 to 100 with at most %d decimals, such as 99.9%%",
                 PERCENT_DIGITS);
        return;
    case VALUE_SHARE:
        snprintf(ret, size, "a number of instances from 0 to %d, or a share from 0%% to 100%%, such as 25%%",
                 (int)field->max);
        return;
    case VALUE_BOOL:
        snprintf(ret, size, "true or false");
        return;
    case VALUE_CHOICE:
    case VALUE_WORD:
        allowed_choice(field, ret, size);
        return;
    case VALUE_PATH:
        snprintf(ret, size, "a path that begins with / and has no blanks");
        return;
    case VALUE_STATUSES:
        snprintf(ret, size, "HTTP status codes such as 200-299 or 200,204");
        return;
    case VALUE_HOST:
        snprintf(ret, size, "a host name such as api.example.com");
        return;
    case VALUE_CHANNELS:
        allowed_channels(ret, size);
        return;
    case VALUE_NETWORK:
        allowed_network(r, ret, size);
        return;
    }
}
