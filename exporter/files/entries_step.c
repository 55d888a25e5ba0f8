/* SPDX-License-Identifier: MIT */
/* entries_step.c: validate and notify: commands, signals, calls. */
#include "exporter/files/entries_internal.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/error.h"
#include "controller/core/text.h"

enum { ARGUMENTS_MAX = 64, COMMAND_MAX = 16 * 1024, SIGNAL_MAX = 16 };

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
enum { METHODS = sizeof methods / sizeof *methods };

/* ---- commands ---- */

static int take_list(struct entries_reader *reader, const yaml_node_t *node, const char *key,
                     struct strings *ret)
{
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (count == 0 || count > ARGUMENTS_MAX)
        return entries_refuse(reader, node, key, "has %zu words; allowed are 1 to %d", count,
                              (int)ARGUMENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = entries_node(reader, node->data.sequence.items.start[i]);
        const char *text = yaml_text(item);
        if (!text || strlen(text) > COMMAND_MAX)
            return entries_refuse(reader, item, key, "must hold texts only");
        strings_add(&reader->entries->arena, ret, text);
    }
    return 0;
}

/* A command: one text, or a list of its words. */
static int take_command(struct entries_reader *reader, const yaml_node_t *node, const char *key,
                        struct file_step *step)
{
    if (node->type == YAML_SEQUENCE_NODE)
        return take_list(reader, node, key, &step->argv);
    const char *text = yaml_text(node);
    if (!text || !text[strspn(text, " \t\n")] || strlen(text) > COMMAND_MAX)
        return entries_refuse(reader, node, key, "must be a command: a text, or a list of its words");
    step->line = arena_copy(&reader->entries->arena, text);
    return 0;
}

/* ---- the members of a mapping ---- */

typedef int take_member(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step);

struct member {
    const char *name;
    take_member *take;
};

/* Reads a mapping by a table of its members that ends with a NULL name. what: "signal", "exec", "http". */
static int take_members(struct entries_reader *reader, const yaml_node_t *node, const char *what,
                        const char *allowed, const struct member *table, struct file_step *step)
{
    if (node->type != YAML_MAPPING_NODE)
        return entries_refuse(reader, node, what, "must be written as {%s}", allowed);
    for (yaml_node_pair_t *at = node->data.mapping.pairs.start; at < node->data.mapping.pairs.top; at++) {
        const yaml_node_t *word = entries_node(reader, at->key);
        const char *text = yaml_text(word);
        const struct member *member = table;
        while (member->name && (!text || strcmp(member->name, text) != 0))
            member++;
        if (!member->name)
            return entries_refuse(reader, word, what, "has something unknown in it; allowed is {%s}",
                                  allowed);
        if (member->take(reader, entries_node(reader, at->value), step) != 0)
            return -EINVAL;
    }
    return 0;
}

static int take_container(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    return entries_take_text(reader, node, "container", &step->container);
}

static int take_service(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    return entries_take_text(reader, node, "service", &step->service);
}

/* Exactly one of both names where. */
static int check_place(struct entries_reader *reader, const yaml_node_t *node, const char *what,
                       const struct file_step *step)
{
    if (!step->container == !step->service)
        return entries_refuse(reader, node, what, "needs container or service, one of them");
    return 0;
}

/* ---- exec ---- */

static int take_inner_command(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    return take_command(reader, node, "command", step);
}

static int take_exec(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    static const struct member table[] = {{"container", take_container},
                                          {"service", take_service},
                                          {"command", take_inner_command},
                                          {NULL, NULL}};
    step->kind = FILE_STEP_EXEC;
    if (take_members(reader, node, "exec", "container: NAME, command: …", table, step) != 0 ||
        check_place(reader, node, "exec", step) != 0)
        return -EINVAL;
    if (!step->line && !step->argv.count)
        return entries_refuse(reader, node, "exec", "needs a command");
    return 0;
}

/* ---- signal ---- */

/* Whether Linux has it: by name, by number, or one of the many that programs number for themselves. */
static bool signal_is_known(const char *upper)
{
    int64_t given;
    bool known = strncmp(upper, "RTM", 3) == 0 || text_number(upper, 1, NSIG - 1, &given) == 0;
    for (int number = 1; number < NSIG && !known; number++) {
        const char *name = sigabbrev_np(number);
        known = name && strcmp(name, upper) == 0;
    }
    return known;
}

static int take_signal_name(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    const char *text = yaml_text(node);
    if (text && strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    size_t length = text ? strlen(text) : 0;
    if (length == 0 || length > SIGNAL_MAX ||
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-") != length)
        return entries_refuse(reader, node, "signal", "must be the name of a signal, such as HUP");
    char *upper = arena_copy(&reader->entries->arena, text);
    for (char *c = upper; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    if (!signal_is_known(upper))
        return entries_refuse(reader, node, "signal", "must be the name of a signal, such as HUP");
    step->signal = upper;
    return 0;
}

static int take_signal(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    static const struct member table[] = {
        {"container", take_container}, {"service", take_service}, {"signal", take_signal_name}, {NULL, NULL}};
    step->kind = FILE_STEP_SIGNAL;
    step->signal = "HUP";
    if (take_members(reader, node, "signal", "container: NAME, signal: HUP", table, step) != 0)
        return -EINVAL;
    return check_place(reader, node, "signal", step);
}

/* ---- http ---- */

/* The value is a secret: it is not shown. */
static int take_url(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    const char *text = yaml_text(node);
    size_t scheme = text && strncasecmp(text, "http://", 7) == 0    ? 7
                    : text && strncasecmp(text, "https://", 8) == 0 ? 8
                                                                    : 0;
    bool plain = scheme && text[scheme] && text[scheme] != '/';
    for (const char *c = text; plain && *c; c++)
        plain = (unsigned char)*c > ' ' && *c != 0x7f;
    if (!plain)
        return entries_refuse(reader, node, "url",
                              "must begin with http:// or https:// and a host, without "
                              "blanks");
    step->url = arena_copy(&reader->entries->arena, text);
    return 0;
}

static int take_method(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    const char *text = yaml_text(node);
    for (size_t i = 0; text && i < METHODS; i++)
        if (strcasecmp(text, methods[i]) == 0) {
            step->method = methods[i];
            return 0;
        }
    return entries_refuse(reader, node, "method", "must be GET, POST, PUT, PATCH, DELETE or HEAD");
}

static int take_body(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    const char *text = yaml_text(node);
    if (!text || strlen(text) > COMMAND_MAX)
        return entries_refuse(reader, node, "body", "must be a text of at most %d bytes", (int)COMMAND_MAX);
    step->body = arena_copy(&reader->entries->arena, text);
    return 0;
}

static bool is_header_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("!#$%&'*+-.^_`|~", *c)) /* RFC 9110, 5.6.2 */
            return false;
    return *name != '\0';
}

static int take_headers(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    if (node->type != YAML_MAPPING_NODE)
        return entries_refuse(reader, node, "headers", "must be written as {Name: value}");
    for (yaml_node_pair_t *at = node->data.mapping.pairs.start; at < node->data.mapping.pairs.top; at++) {
        const yaml_node_t *word = entries_node(reader, at->key);
        const char *name = yaml_text(word), *value;
        if (!name || !is_header_name(name))
            return entries_refuse(reader, word, "headers", "has a name that no header can have");
        if (entries_take_text(reader, entries_node(reader, at->value), "headers", &value) != 0)
            return -EINVAL;
        if (step->headers.count == FILE_HEADERS_MAX)
            return entries_refuse(reader, word, "headers", "are more than %d", (int)FILE_HEADERS_MAX);
        char *line = mem_format("%s: %s", name, value);
        strings_add(&reader->entries->arena, &step->headers, line);
        free(line);
    }
    return 0;
}

static int take_http(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    static const struct member table[] = {{"url", take_url},         {"method", take_method},
                                          {"headers", take_headers}, {"header", take_headers},
                                          {"body", take_body},       {NULL, NULL}};
    step->kind = FILE_STEP_HTTP;
    step->method = "POST";
    if (take_members(reader, node, "http", "url: URL, method: POST, headers: {Name: value}, body: TEXT",
                     table, step) != 0)
        return -EINVAL;
    return step->url ? 0 : entries_refuse(reader, node, "http", "needs a url");
}

/* ---- steps ---- */

static int take_outer_command(struct entries_reader *reader, const yaml_node_t *node, struct file_step *step)
{
    step->kind = FILE_STEP_COMMAND;
    return take_command(reader, node, "command", step);
}

/* A mapping of exactly one member says what kind of step it is. */
static int take_step(struct entries_reader *reader, const yaml_node_t *node, const char *key,
                     const char *allowed, const struct member *table, struct file_step *step)
{
    if (node->type != YAML_MAPPING_NODE)
        return take_command(reader, node, key, step);
    if (node->data.mapping.pairs.top - node->data.mapping.pairs.start != 1)
        return entries_refuse(reader, node, key, "has several members; allowed is one: {%s}", allowed);
    return take_members(reader, node, key, allowed, table, step);
}

int entries_take_validate(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    static const struct member table[] = {{"command", take_outer_command}, {"exec", take_exec}, {NULL, NULL}};
    entry->has_validate = true;
    return take_step(reader, node, "validate", "command: …} or {exec: …", table, &entry->validate);
}

int entries_take_notify(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    static const struct member table[] = {{"command", take_outer_command},
                                          {"exec", take_exec},
                                          {"signal", take_signal},
                                          {"http", take_http},
                                          {NULL, NULL}};
    static const char allowed[] = "command: …}, {exec: …}, {signal: …} or {http: …";
    bool list = node->type == YAML_SEQUENCE_NODE;
    size_t count = list ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start) : 1;
    if (count > FILE_NOTIFY_MAX)
        return entries_refuse(reader, node, "notify", "names more than %d", (int)FILE_NOTIFY_MAX);
    entry->notify = arena_new(&reader->entries->arena, (count + 1) * sizeof *entry->notify);
    entry->notify_count = count;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = list ? entries_node(reader, node->data.sequence.items.start[i]) : node;
        if (list && item->type == YAML_SEQUENCE_NODE)
            return entries_refuse(reader, item, "notify", "holds a list; write {command: [WORD, …]}");
        if (take_step(reader, item, "notify", allowed, table, &entry->notify[i]) != 0)
            return -EINVAL;
    }
    return 0;
}
