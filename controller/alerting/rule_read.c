/* SPDX-License-Identifier: MIT */
/* rule_read.c: a rules file, which is YAML, as a list of rules. */
#include "controller/alerting/rule_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/error.h"
#include "controller/core/text.h"
#include "controller/core/yaml_read.h"
#include "exporter/alerts/channels.h"

struct reader {
    struct rules *rules;
    yaml_document_t document;
    const char *rule; /* whose name is known, or "" */
    struct error *err;
};

static size_t line_of(const yaml_node_t *node)
{
    return node->start_mark.line + 1;
}

/* Puts the rule's name and the line before the sentence that err holds. */
static int wrong(struct reader *reader, const yaml_node_t *node)
{
    char shown[RULE_NAME_MAX + 1];
    text_one_line(reader->rule, shown, sizeof shown);
    if (*shown)
        return error_wrap(reader->err, "rule \"%s\" (line %zu)", shown, line_of(node));
    return error_wrap(reader->err, "line %zu", line_of(node));
}

static int refuse(struct reader *reader, const yaml_node_t *node, const char *sentence)
{
    error_set(reader->err, -EINVAL, "%s", sentence);
    return wrong(reader, node);
}

/* ---- values of a rule ---- */

typedef int read_item(struct reader *reader, const yaml_node_t *node, const char *text, struct rule *rule);

static int read_name(struct reader *reader, const yaml_node_t *node, const char *text, struct rule *rule)
{
    if (!*text || strlen(text) > RULE_NAME_MAX)
        return refuse(reader, node, "a name has 1 to 80 characters");
    for (const char *at = text; *at; at++)
        if (iscntrl((unsigned char)*at))
            return refuse(reader, node, "a name is one line without control characters");
    for (size_t i = 0; i < reader->rules->count; i++)
        if (strcasecmp(reader->rules->item[i].name, text) == 0)
            return refuse(reader, node, "another rule has this name already");
    rule->name = arena_copy(&reader->rules->arena, text);
    return 0;
}

static int read_condition(struct reader *reader, const yaml_node_t *node, const char *text, struct rule *rule)
{
    int64_t for_ms = rule->condition.for_ms;
    if (rule_condition_parse(text, &rule->condition, reader->err) != 0)
        return wrong(reader, node);
    if (rule->condition.for_ms < 0)
        rule->condition.for_ms = for_ms;
    rule->text = arena_copy(&reader->rules->arena, text);
    return 0;
}

static int read_for(struct reader *reader, const yaml_node_t *node, const char *text, struct rule *rule)
{
    if (text_duration(text, 1000, &rule->condition.for_ms) != 0)
        return refuse(reader, node, "for is no duration; allowed is one such as 5m");
    return 0;
}

static int read_severity(struct reader *reader, const yaml_node_t *node, const char *text, struct rule *rule)
{
    for (enum severity i = SEVERITY_WARNING; i < SEVERITY_COUNT; i++)
        if (strcasecmp(text, severity_name[i]) == 0) {
            rule->severity = i;
            rule->has_severity = true;
            return 0;
        }
    return refuse(reader, node, "severity is unknown; allowed are warning, critical and emergency");
}

/* One channel. */
static int add_channel(struct reader *reader, const yaml_node_t *node, const char *text, struct rule *rule)
{
    int kind = channel_find(text);
    rule->has_channels = true;
    if (kind < 0 && strcasecmp(text, "none") != 0) {
        char shown[48], allowed[160] = "";
        size_t used = 0;
        text_one_line(text, shown, sizeof shown);
        for (unsigned i = 0; i < CHANNEL_COUNT && used < sizeof allowed; i++)
            used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s, ", channel_name[i]);
        error_set(reader->err, -EINVAL, "\"%s\" is no channel; allowed are %snone", shown, allowed);
        return wrong(reader, node);
    }
    if (kind >= 0)
        rule->channels |= 1U << kind;
    return 0;
}

/* Patterns of names. */
static int add_pattern(struct reader *reader, const yaml_node_t *node, const char *text, struct strings *list)
{
    if (!*text)
        return refuse(reader, node, "a pattern is empty");
    strings_add(&reader->rules->arena, list, text);
    return 0;
}

static int add_service(struct reader *reader, const yaml_node_t *node, const char *text, struct rule *rule)
{
    return add_pattern(reader, node, text, &rule->services);
}

static int add_tag(struct reader *reader, const yaml_node_t *node, const char *text, struct rule *rule)
{
    return add_pattern(reader, node, text, &rule->tags);
}

static int add_project(struct reader *reader, const yaml_node_t *node, const char *text, struct rule *rule)
{
    return add_pattern(reader, node, text, &rule->projects);
}

static const struct rule_key {
    const char *name, *also;
    bool list; /* a comma list or a YAML list: read for each item */
    read_item *read;
} keys[] = {
    {"name", NULL, false, read_name},
    {"condition", NULL, false, read_condition},
    {"for", NULL, false, read_for},
    {"severity", NULL, false, read_severity},
    {"channels", "notification", true, add_channel},
    {"services", "service", true, add_service},
    {"tags", "tag", true, add_tag},
    {"projects", "project", true, add_project},
};
enum { KEYS = sizeof keys / sizeof *keys };

static const struct rule_key *find_key(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].name, name) == 0 || (keys[i].also && strcmp(keys[i].also, name) == 0))
            return &keys[i];
    return NULL;
}

static int read_commas(struct reader *reader, const yaml_node_t *node, const char *text,
                       const struct rule_key *key, struct rule *rule)
{
    char *copy = mem_copy(text), *rest = copy, *part;
    int code = 0;
    while (code == 0 && (part = text_cut(&rest, ',')))
        code = key->read(reader, node, part, rule);
    free(copy);
    return code;
}

static int read_value(struct reader *reader, const yaml_node_t *node, const struct rule_key *key,
                      struct rule *rule)
{
    char sentence[96];
    const char *text = yaml_text(node);
    if (text)
        return key->list ? read_commas(reader, node, text, key, rule) : key->read(reader, node, text, rule);
    if (node->type != YAML_SEQUENCE_NODE || !key->list) {
        snprintf(sentence, sizeof sentence, "%s must be a text%s", key->name, key->list ? " or a list" : "");
        return refuse(reader, node, sentence);
    }
    int code = 0;
    for (yaml_node_item_t *at = node->data.sequence.items.start;
         code == 0 && at < node->data.sequence.items.top; at++) {
        const yaml_node_t *item = yaml_document_get_node(&reader->document, *at);
        text = yaml_text(item);
        code = text ? key->read(reader, item, text, rule) : refuse(reader, item, "a list holds texts only");
    }
    return code;
}

/* ---- a rule ---- */

static int unknown_key(struct reader *reader, const yaml_node_t *node, const char *name)
{
    const char *names[KEYS];
    char shown[48];
    for (size_t i = 0; i < KEYS; i++)
        names[i] = keys[i].name;
    text_one_line(name ? name : "", shown, sizeof shown);
    const char *nearest = text_nearest(shown, names, KEYS);
    error_set(reader->err, -EINVAL,
              "\"%s\" is unknown%s%s%s; allowed are name, condition, for, severity, channels (or "
              "notification), services, tags and projects",
              shown, nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
    return wrong(reader, node);
}

/* The value of a key in a mapping, or NULL. */
static yaml_node_t *value_of(struct reader *reader, const yaml_node_t *mapping, const char *name)
{
    for (yaml_node_pair_t *at = mapping->data.mapping.pairs.start; at < mapping->data.mapping.pairs.top;
         at++) {
        const char *key = yaml_text(yaml_document_get_node(&reader->document, at->key));
        if (key && strcmp(key, name) == 0)
            return yaml_document_get_node(&reader->document, at->value);
    }
    return NULL;
}

static int read_rule(struct reader *reader, const yaml_node_t *node)
{
    struct rules *rules = reader->rules;
    reader->rule = "";
    if (node->type != YAML_MAPPING_NODE)
        return refuse(reader, node, "a rule has a name and a condition");
    if (rules->count == RULES_MAX)
        return refuse(reader, node, "there are more than 200 rules");
    struct rule rule = {.severity = SEVERITY_WARNING, .condition = {.for_ms = -1}};
    const yaml_node_t *name = value_of(reader, node, "name");
    reader->rule = name && yaml_text(name) ? yaml_text(name) : "";
    int code = 0;
    for (yaml_node_pair_t *at = node->data.mapping.pairs.start;
         code == 0 && at < node->data.mapping.pairs.top; at++) {
        const yaml_node_t *word = yaml_document_get_node(&reader->document, at->key);
        const char *text = yaml_text(word);
        const struct rule_key *key = text ? find_key(text) : NULL;
        code = key ? read_value(reader, yaml_document_get_node(&reader->document, at->value), key, &rule)
                   : unknown_key(reader, word, text);
    }
    if (code == 0 && (!rule.name || !rule.text))
        code = refuse(reader, node, rule.name ? "it has no condition" : "it has no name");
    if (code != 0)
        return code;
    if (rule.condition.metric == RULE_HEALTH_CHECK_FAILED && !rule.has_severity)
        rule.severity = SEVERITY_CRITICAL;
    rules->item[rules->count++] = rule;
    return 0;
}

/* The list of rules in a document; NULL when there is none of the known forms. */
static const yaml_node_t *find_list(struct reader *reader)
{
    yaml_node_t *node = yaml_document_get_root_node(&reader->document);
    static const char *const path[] = {"monitoring", "alerts"};
    for (size_t i = 0; node && i < 2; i++) {
        yaml_node_t *inner = node->type == YAML_MAPPING_NODE ? value_of(reader, node, path[i]) : NULL;
        if (inner)
            node = inner;
    }
    return node && node->type == YAML_SEQUENCE_NODE ? node : NULL;
}

static int read_rules(struct reader *reader)
{
    if (!yaml_document_get_root_node(&reader->document))
        return 0; /* nothing but comments */
    const yaml_node_t *list = find_list(reader);
    if (!list)
        return error_set(reader->err, -EINVAL,
                         "there is no list of rules; allowed is \"- name: …\", also under the key alerts");
    int code = 0;
    for (yaml_node_item_t *at = list->data.sequence.items.start;
         code == 0 && at < list->data.sequence.items.top; at++)
        code = read_rule(reader, yaml_document_get_node(&reader->document, *at));
    return code;
}

struct rules *rules_parse(const char *text, size_t length, struct error *err)
{
    struct error unheard;
    struct reader reader = {.rules = NULL, .rule = "", .err = err ? err : &unheard};
    int code = yaml_read(text, length, RULE_FILE_MAX, &reader.document, reader.err);
    if (code != 0)
        return NULL;
    reader.rules = rules_new();
    code = read_rules(&reader);
    yaml_document_delete(&reader.document);
    if (code == 0)
        return reader.rules;
    rules_free(reader.rules);
    return NULL;
}
