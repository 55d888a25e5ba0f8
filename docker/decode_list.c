/* SPDX-License-Identifier: MIT */
/* GET /containers/json, element by element: a tree of 1,000 containers would take 17 MB, one takes 17 KB.
 *
 * Finding an element's end needs no more than counting brackets outside of strings, so the pieces may be cut
 * anywhere; json-c then judges each element as a whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/hash.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "docker/decode.h"
#include "docker/decode_json.h"

enum list_state {
    LIST_START,   /* the opening bracket is to come */
    LIST_FIRST,   /* an element or the closing bracket */
    LIST_NEXT,    /* an element */
    LIST_ELEMENT, /* inside one */
    LIST_AFTER,   /* a comma or the closing bracket */
    LIST_END,     /* the closing bracket has been seen */
    LIST_BROKEN,
};

struct list_decoder {
    list_element *element;
    void *user;
    enum list_state state;
    size_t depth; /* open brackets inside the element */
    bool in_string, escaped;
    struct buf text; /* of the element */
};

/* Parts that have no order of their own are added up. */
static uint64_t hash_labels(struct json_object *labels)
{
    uint64_t sum = 0;
    if (json_object_is_type(labels, json_type_object)) {
        json_object_object_foreach(labels, key, value)
            sum += hash_text(hash_text(HASH_START, key), json_object_get_string(value));
    }
    return sum;
}

static uint64_t hash_networks(struct json_object *networks)
{
    uint64_t sum = 0;
    if (!json_object_is_type(networks, json_type_object))
        return 0;
    json_object_object_foreach(networks, name, network)
    {
        uint64_t hash = hash_text(HASH_START, name);
        hash = hash_text(hash, field_text(network, "IPAddress"));
        sum += hash_text(hash, field_text(network, "GlobalIPv6Address"));
    }
    return sum;
}

static uint64_t hash_ports(struct json_object *ports)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < field_count(ports); i++) {
        struct json_object *port = json_object_array_get_idx(ports, i);
        uint64_t hash = hash_text(HASH_START, field_text(port, "IP"));
        hash = hash_number(hash, field_number(port, "PrivatePort", 0));
        hash = hash_number(hash, field_number(port, "PublicPort", 0));
        sum += hash_text(hash, field_text(port, "Type"));
    }
    return sum;
}

/* Of "Exited (137) 2 minutes ago" the 137; 0 in "Up 2 minutes". */
static int64_t exit_code_of(const char *status)
{
    const char *open = status ? strchr(status, '(') : NULL;
    return open ? strtol(open + 1, NULL, 10) : 0;
}

/* From API 1.52 on a field; before, the end of "Up 3 minutes (healthy)". */
static enum status health_of(struct json_object *root, const char *status)
{
    const char *word = field_text(json_member(root, "Health"), "Status");
    if (word)
        return decode_health(word);
    if (status && strstr(status, "(healthy)"))
        return STATUS_HEALTHY;
    if (status && strstr(status, "(unhealthy)"))
        return STATUS_UNHEALTHY;
    return status && strstr(status, "(health: starting)") ? STATUS_STARTING : STATUS_UNKNOWN;
}

/* A container that others link to has further names like "/other/alias": its own has one slash. */
static const char *name_of(struct json_object *root)
{
    struct json_object *names = json_member(root, "Names");
    for (size_t i = 0; i < field_count(names); i++) {
        struct json_object *item = json_object_array_get_idx(names, i);
        const char *name = json_object_is_type(item, json_type_string)
                               ? decode_name(json_object_get_string(item))
                               : "";
        if (name[0] && !strchr(name, '/'))
            return name;
    }
    return NULL;
}

static void give_element(struct list_decoder *decoder, struct json_object *root)
{
    const char *id = field_text(root, "Id"), *status = field_text(root, "Status");
    if (!id) /* nothing can be concluded from it */
        return;
    struct arena arena = {0};
    const char *name = name_of(root), *image = field_text(root, "Image");
    struct container_summary summary = {
        .id = id,
        .name = name ? name : arena_format(&arena, "%.12s", id),
        .image = image ? image : "",
        .state = decode_state(field_text(root, "State")),
        .health = health_of(root, status),
        .created_at_wall_ms = field_time(root, "Created"),
    };
    struct json_object *labels = json_member(root, "Labels");
    field_pairs(labels, LIMIT_LABEL_BYTES, &arena, &summary.labels);

    uint64_t hash = hash_text(hash_text(HASH_START, id), summary.name);
    hash = hash_number(hash, summary.state);
    hash = hash_number(hash, summary.health);
    hash = hash_number(hash, exit_code_of(status));
    hash = hash_number(hash, (int64_t)hash_labels(labels));
    hash = hash_number(hash,
                       (int64_t)hash_networks(json_member(json_member(root, "NetworkSettings"), "Networks")));
    summary.hash = hash_number(hash, (int64_t)hash_ports(json_member(root, "Ports")));
    decoder->element(decoder->user, &summary);
    arena_free(&arena);
}

struct list_decoder *list_decoder_new(list_element *element, void *user)
{
    struct list_decoder *decoder = mem_new(sizeof *decoder);
    decoder->element = element;
    decoder->user = user;
    buf_init(&decoder->text, LIMIT_LIST_ELEMENT);
    return decoder;
}

/* How many of the bytes belong to the element that is open; sets depth to 0 at its end. */
static size_t element_span(struct list_decoder *decoder, const char *data, size_t len)
{
    size_t i = 0;
    while (i < len) {
        char c = data[i++];
        if (decoder->escaped)
            decoder->escaped = false;
        else if (decoder->in_string && c == '\\')
            decoder->escaped = true;
        else if (c == '"')
            decoder->in_string = !decoder->in_string;
        else if (decoder->in_string)
            continue;
        else if (c == '{' || c == '[')
            decoder->depth++;
        else if ((c == '}' || c == ']') && --decoder->depth == 0)
            break;
    }
    return i;
}

static enum list_state element_feed(struct list_decoder *decoder, const char *data, size_t len)
{
    if (buf_add(&decoder->text, data, len) != 0)
        return LIST_BROKEN;
    if (decoder->depth > 0)
        return LIST_ELEMENT;
    struct json_object *root = json_parse_object(decoder->text.data, decoder->text.len);
    buf_clear(&decoder->text);
    if (!root)
        return LIST_BROKEN;
    give_element(decoder, root);
    json_object_put(root);
    return LIST_AFTER;
}

/* Between the elements; c is no blank. */
static enum list_state mark_feed(struct list_decoder *decoder, char c)
{
    switch (decoder->state) {
    case LIST_START:
        return c == '[' ? LIST_FIRST : LIST_BROKEN;
    case LIST_FIRST:
        if (c == ']')
            return LIST_END;
        return c == '{' ? LIST_ELEMENT : LIST_BROKEN;
    case LIST_NEXT:
        return c == '{' ? LIST_ELEMENT : LIST_BROKEN;
    case LIST_AFTER:
        return c == ',' ? LIST_NEXT : c == ']' ? LIST_END : LIST_BROKEN;
    case LIST_ELEMENT:
    case LIST_END:
    case LIST_BROKEN:
        break;
    }
    return LIST_BROKEN;
}

int list_decoder_feed(struct list_decoder *decoder, const char *data, size_t len, struct error *err)
{
    for (size_t at = 0; at < len && decoder->state != LIST_BROKEN;) {
        if (decoder->state == LIST_ELEMENT) {
            size_t span = element_span(decoder, data + at, len - at);
            decoder->state = element_feed(decoder, data + at, span);
            at += span;
        } else if (data[at] == ' ' || data[at] == '\t' || data[at] == '\r' || data[at] == '\n') {
            at++;
        } else {
            decoder->state = mark_feed(decoder, data[at]);
            at += decoder->state != LIST_ELEMENT; /* the element reads its own bracket */
        }
    }
    if (decoder->state == LIST_BROKEN)
        return error_set(err, -EBADMSG,
                         "the engine's container list is no JSON array of objects up to %d bytes",
                         (int)LIMIT_LIST_ELEMENT);
    return 0;
}

bool list_decoder_complete(const struct list_decoder *decoder)
{
    return decoder->state == LIST_END;
}

void list_decoder_free(struct list_decoder *decoder)
{
    if (!decoder)
        return;
    buf_free(&decoder->text);
    free(decoder);
}
