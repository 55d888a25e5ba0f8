/* SPDX-License-Identifier: MIT */
/* filter_field.c: the names of the fields by which can be filtered, and what they hold. */
#include "exporter/consul/filter_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/core/buf.h"
#include "controller/core/url.h"

struct field_name {
    const char *name; /* with a final dot: a key follows */
    enum filter_field field;
};

static const struct field_name health_fields[] = {
    {"Node.ID", FIELD_NODE_ID},
    {"Node.Node", FIELD_NODE},
    {"Node.Datacenter", FIELD_DATACENTER},
    {"Service.ID", FIELD_SERVICE_ID},
    {"Service.Service", FIELD_SERVICE},
    {"Service.Tags", FIELD_TAGS},
    {"Service.Address", FIELD_ADDRESS},
    {"Service.Port", FIELD_PORT},
    {"Service.Meta", FIELD_META},
    {"Checks.CheckID", FIELD_CHECK_ID},
    {"Checks.Name", FIELD_CHECK_NAME},
    {"Checks.Status", FIELD_STATUS},
    {"Checks.Notes", FIELD_NOTES},
    {"Checks.Output", FIELD_OUTPUT},
    {NULL, FIELD_NODE},
};
static const struct field_name catalog_fields[] = {
    {"ID", FIELD_NODE_ID},
    {"Node", FIELD_NODE},
    {"Datacenter", FIELD_DATACENTER},
    {"ServiceID", FIELD_SERVICE_ID},
    {"ServiceName", FIELD_SERVICE},
    {"ServiceTags", FIELD_TAGS},
    {"ServiceAddress", FIELD_ADDRESS},
    {"ServicePort", FIELD_PORT},
    {"ServiceMeta", FIELD_META},
    {NULL, FIELD_NODE},
};
static const struct field_name agent_fields[] = {
    {"ID", FIELD_SERVICE_ID}, {"Service", FIELD_SERVICE}, {"Tags", FIELD_TAGS}, {"Address", FIELD_ADDRESS},
    {"Port", FIELD_PORT},     {"Meta", FIELD_META},       {NULL, FIELD_NODE},
};
static const struct field_name check_fields[] = {
    {"Node", FIELD_NODE},
    {"CheckID", FIELD_CHECK_ID},
    {"Name", FIELD_CHECK_NAME},
    {"Status", FIELD_STATUS},
    {"Notes", FIELD_NOTES},
    {"Output", FIELD_OUTPUT},
    {"ServiceID", FIELD_SERVICE_ID},
    {"ServiceName", FIELD_SERVICE},
    {"ServiceTags", FIELD_TAGS},
    {NULL, FIELD_NODE},
};

static const struct {
    const struct field_name *field;
    const char *list;
} shapes[] = {
    [CONSUL_SHAPE_HEALTH] =
        {health_fields, "Node.{ID,Node,Datacenter}, Service.{ID,Service,Tags,Address,Port,Meta.<key>} and "
                        "Checks.{CheckID,Name,Status,Notes,Output}"},
    [CONSUL_SHAPE_CATALOG] = {catalog_fields,
                              "ID, Node, Datacenter, ServiceID, ServiceName, ServiceTags, ServiceAddress, "
                              "ServicePort and ServiceMeta.<key>"},
    [CONSUL_SHAPE_AGENT] = {agent_fields, "ID, Service, Tags, Address, Port and Meta.<key>"},
    [CONSUL_SHAPE_CHECK] = {check_fields,
                            "Node, CheckID, Name, Status, Notes, Output, ServiceID, ServiceName and "
                            "ServiceTags"},
};

bool filter_field_find(enum consul_shape shape, const char *name, enum filter_field *ret,
                       const char **ret_key, const char **ret_list)
{
    *ret_list = shapes[shape].list;
    for (const struct field_name *at = shapes[shape].field; at->name; at++) {
        size_t length = strlen(at->name);
        if (strncasecmp(name, at->name, length) != 0)
            continue;
        bool keyed = at->field == FIELD_META && name[length] == '.' && name[length + 1];
        if (name[length] && !keyed)
            continue;
        *ret = at->field;
        *ret_key = keyed ? name + length + 1 : NULL;
        return true;
    }
    return false;
}

bool filter_field_is_list(enum filter_field field)
{
    return field == FIELD_TAGS || field == FIELD_META;
}

/* ---- what is compared ---- */

/* Whether one text fulfils a comparison; NULL: there is none. */
static bool text_holds(const struct filter_step *step, const char *text)
{
    switch (step->how) {
    case FILTER_EQUAL:
        return text && strcmp(text, step->value) == 0;
    case FILTER_CONTAINS:
        return text && strstr(text, step->value);
    case FILTER_EMPTY:
        return !text || !text[0];
    }
    return false;
}

static bool tags_hold(const struct filter_step *step, const struct instance *instance)
{
    if (step->how == FILTER_EMPTY)
        return !instance || (!instance->spec->tags.count && !instance->spec->proxy_tags.count);
    return instance && consul_has_tag(instance, step->value);
}

/* What is said under a key beside the metadata, as catalog_render.c says it; NULL for nothing. */
static const char *meta_fact(const struct spec *spec, const char *key)
{
    if (strcmp(key, "version") == 0)
        return spec->version;
    if (strcmp(key, "environment") == 0)
        return spec->environment;
    if (strcmp(key, "project") == 0)
        return spec->project;
    return strcmp(key, "protocol") == 0 ? protocol_name[spec->protocol] : NULL;
}

/* Only what is shown is compared: else a filter could find out the rest. */
static bool meta_holds(const struct filter_step *step, const struct instance *instance)
{
    const struct spec *spec = instance ? instance->spec : NULL;
    const char *key = step->key ? step->key : step->value;
    if (!spec || !key)
        return step->how == FILTER_EMPTY && !spec; /* there is always something */
    const char *text = pairs_get(&spec->metadata, key);
    if (!text)
        text = meta_fact(spec, key);
    if (metadata_is_secret(key))
        text = NULL;
    if (!step->key)
        return text != NULL;
    struct buf clean;
    buf_init(&clean, SIZE_MAX / 2);
    url_clean(text ? text : "", &clean);
    bool holds = text_holds(step, text ? buf_string(&clean) : NULL);
    buf_free(&clean);
    return holds;
}

static bool check_holds(const struct filter_step *step, const struct consul_check *check)
{
    switch (step->field) {
    case FIELD_CHECK_ID:
        return text_holds(step, check->id);
    case FIELD_CHECK_NAME:
        return text_holds(step, check->name);
    case FIELD_STATUS:
        return text_holds(step, consul_status_name[check->status]);
    case FIELD_NOTES:
        return text_holds(step, check->notes);
    case FIELD_OUTPUT:
        return text_holds(step, check->output);
    case FIELD_NODE:
    case FIELD_NODE_ID:
    case FIELD_DATACENTER:
    case FIELD_SERVICE_ID:
    case FIELD_SERVICE:
    case FIELD_TAGS:
    case FIELD_ADDRESS:
    case FIELD_PORT:
    case FIELD_META:
        break;
    }
    return false;
}

/* An element with several checks fulfils a comparison, also an inverted one, when one of them does. */
static bool checks_hold(const struct filter_step *step, const struct consul_catalog *catalog,
                        const struct instance *instance, const struct consul_check *check)
{
    struct consul_check all[CONSUL_CHECKS + 1];
    if (check)
        return check_holds(step, check) != step->inverted;
    size_t count = instance ? consul_checks(catalog, instance, all) : 0;
    consul_node_check(&all[count++]);
    for (size_t i = 0; i < count; i++)
        if (check_holds(step, &all[i]) != step->inverted)
            return true;
    return false;
}

static bool is_of_check(enum filter_field field)
{
    return field >= FIELD_CHECK_ID;
}

static bool field_holds(const struct filter_step *step, const struct consul_catalog *catalog,
                        const struct instance *instance)
{
    char text[CONSUL_NODE_ID];
    switch (step->field) {
    case FIELD_NODE:
        return text_holds(step, consul_node_name(catalog));
    case FIELD_NODE_ID:
        consul_node_id(catalog, text);
        return text_holds(step, text);
    case FIELD_DATACENTER:
        return text_holds(step, CONSUL_DATACENTER);
    case FIELD_SERVICE_ID:
        return text_holds(step, instance ? consul_service_id(instance) : "");
    case FIELD_SERVICE:
        return text_holds(step, instance ? instance->service->name : "");
    case FIELD_TAGS:
        return tags_hold(step, instance);
    case FIELD_ADDRESS:
        return text_holds(step, instance ? instance->observed->address : "");
    case FIELD_PORT:
        snprintf(text, sizeof text, "%d", instance ? instance->spec->port : 0);
        return text_holds(step, text);
    case FIELD_META:
        return meta_holds(step, instance);
    case FIELD_CHECK_ID:
    case FIELD_CHECK_NAME:
    case FIELD_STATUS:
    case FIELD_NOTES:
    case FIELD_OUTPUT:
        break;
    }
    return false;
}

static bool comparison_holds(const struct filter_step *step, const struct consul_catalog *catalog,
                             const struct instance *instance, const struct consul_check *check)
{
    if (is_of_check(step->field))
        return checks_hold(step, catalog, instance, check);
    return field_holds(step, catalog, instance) != step->inverted;
}

bool consul_filter_passes(const struct consul_filter *filter, const struct consul_catalog *catalog,
                          const struct instance *instance, const struct consul_check *check)
{
    bool stack[FILTER_STEPS] = {false};
    size_t depth = 0;
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_step *step = &filter->step[i];
        if (step->what == STEP_COMPARE) {
            stack[depth++] = comparison_holds(step, catalog, instance, check);
        } else if (step->what == STEP_NOT) {
            assert(depth >= 1);
            stack[depth - 1] = !stack[depth - 1];
        } else {
            assert(depth >= 2);
            depth--;
            stack[depth - 1] = step->what == STEP_AND ? stack[depth - 1] & stack[depth]
                                                      : stack[depth - 1] | stack[depth];
        }
    }
    assert(depth == 1);
    return stack[0];
}
