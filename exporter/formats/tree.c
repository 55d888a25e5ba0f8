/* SPDX-License-Identifier: MIT */
/* tree.c: which values stand where in the tree. */
#include "exporter/formats/tree.h"

#include "exporter/formats/listing.h"

enum { SCHEMA = 1 };

struct tree {
    const struct tree_writer *to;
    void *self;
};

static void write_texts(const struct tree *tree, const char *key, const struct strings *list)
{
    tree->to->texts(tree->self, key, (const char *const *)list->item, list->count);
}

/* 0 is a port that is not known. */
static void write_port(const struct tree *tree, const char *key, int port)
{
    if (port)
        tree->to->number(tree->self, key, port);
    else
        tree->to->text(tree->self, key, NULL);
}

static void write_instance(const struct tree *tree, const struct endpoint *endpoint)
{
    const struct tree_writer *to = tree->to;
    char id[LISTING_ID], url[ENDPOINT_URL];
    struct arena arena = {0};
    listing_id(endpoint->instance, id);
    endpoint_url(endpoint->protocol, endpoint->address, endpoint->port, url);
    to->begin_object(tree->self, NULL);
    to->text(tree->self, "id", listing_text(&arena, id));
    to->text(tree->self, "container", listing_text(&arena, endpoint->instance->observed->container));
    to->text(tree->self, "address", listing_text(&arena, endpoint->address));
    if (endpoint->address6)
        to->text(tree->self, "address6", listing_text(&arena, endpoint->address6));
    to->number(tree->self, "port", endpoint->port);
    to->text(tree->self, "protocol", protocol_name[endpoint->protocol]);
    to->number(tree->self, "weight", endpoint->weight);
    to->text(tree->self, "url", listing_text(&arena, url));
    to->end_object(tree->self);
    arena_free(&arena);
}

static void write_instances(const struct tree *tree, const struct listing *listing)
{
    const struct tree_writer *to = tree->to;
    if (!listing->instance_count) {
        to->texts(tree->self, "instances", NULL, 0);
        return;
    }
    to->begin_list(tree->self, "instances");
    for (size_t i = 0; i < listing->instance_count; i++)
        write_instance(tree, &listing->instances[i]);
    to->end_list(tree->self);
}

static void write_plain(const struct tree *tree, const struct listing *listing)
{
    const struct tree_writer *to = tree->to;
    to->text(tree->self, "name", listing->name);
    to->text(tree->self, "project", listing->project);
    to->text(tree->self, "version", listing->version);
    to->text(tree->self, "environment", listing->environment);
    to->text(tree->self, "status", listing->status);
    to->truth(tree->self, "serving", listing->serving);
    to->text(tree->self, "url", listing->url);
    to->text(tree->self, "protocol", listing->protocol);
    to->text(tree->self, "host", listing->host);
    write_port(tree, "port", listing->port);
    write_texts(tree, "endpoints", &listing->endpoints);
    write_texts(tree, "fallback_urls", &listing->fallback_urls);
    to->text(tree->self, "health_endpoint", listing->health_endpoint);
    to->number(tree->self, "timeout_ms", listing->timeout_ms);
    to->number(tree->self, "retry_max", listing->retry_max);
    to->number(tree->self, "retry_base_delay_ms", listing->retry_delay_ms);
    write_texts(tree, "tags", &listing->tags);
}

void tree_write_service(const struct listing *listing, const struct tree_writer *writer, void *self)
{
    const struct tree tree = {.to = writer, .self = self};
    write_plain(&tree, listing);
    write_instances(&tree, listing);
    writer->begin_object(self, "metadata");
    for (size_t i = 0; i < listing->metadata.count; i++)
        writer->text(self, listing->metadata.item[i].key, listing->metadata.item[i].value);
    writer->end_object(self);
    writer->begin_object(self, "ports");
    for (size_t i = 0; i < listing->port_count; i++)
        writer->number(self, listing->ports[i].name, listing->ports[i].port);
    writer->end_object(self);
}

static size_t write_service(void *user, const struct listing *listing)
{
    const struct tree *tree = user;
    tree->to->begin_object(tree->self, listing->name);
    tree_write_service(listing, tree->to, tree->self);
    tree->to->end_object(tree->self);
    return listing->instance_count;
}

void tree_write(const struct format_wish *wish, const struct tree_writer *writer, void *self)
{
    struct tree tree = {.to = writer, .self = self};
    writer->begin_object(self, NULL);
    writer->number(self, "schema", SCHEMA);
    writer->begin_object(self, "services");
    listing_each(wish, write_service, &tree);
    writer->end_object(self);
    writer->end_object(self);
}
