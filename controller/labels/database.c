/* SPDX-License-Identifier: MIT */
/* Knows databases by type, image and port. */
#include "controller/labels/database.h"

#include <string.h>

#include "controller/labels/coolify.h"

/* Last part of the image name, its usual port, and whether it speaks HTTP there. */
static const struct image {
    const char *name;
    int port;
    bool http;
} images[] = {
    {"postgres", 5432, false},       {"postgresql", 5432, false},
    {"postgis", 5432, false},        {"pgvector", 5432, false},
    {"timescaledb", 5432, false},    {"timescaledb-ha", 5432, false},
    {"mysql", 3306, false},          {"mysql-server", 3306, false},
    {"mariadb", 3306, false},        {"percona", 3306, false},
    {"percona-server", 3306, false}, {"redis", 6379, false},
    {"redis-stack", 6379, false},    {"redis-stack-server", 6379, false},
    {"valkey", 6379, false},         {"keydb", 6379, false},
    {"dragonfly", 6379, false},      {"mongo", 27017, false},
    {"mongodb", 27017, false},       {"mongodb-community-server", 27017, false},
    {"clickhouse", 9000, false},     {"clickhouse-server", 9000, false},
    {"cassandra", 9042, false},      {"scylla", 9042, false},
    {"cockroach", 26257, false},     {"mssql/server", 1433, false},
    {"memcached", 11211, false},     {"neo4j", 7687, false},
    {"rethinkdb", 28015, false},     {"couchdb", 5984, true},
    {"influxdb", 8086, true},        {"elasticsearch", 9200, true},
    {"opensearch", 9200, true},
};

static const struct coolify_type {
    const char *name, *port;
} coolify_types[] = {{"standalone-postgresql", "5432"}, {"standalone-mysql", "3306"},
                     {"standalone-mariadb", "3306"},    {"standalone-redis", "6379"},
                     {"standalone-keydb", "6379"},      {"standalone-dragonfly", "6379"},
                     {"standalone-mongodb", "27017"},   {"standalone-clickhouse", "9000"}};

/* Only ports that nothing else commonly uses: 9000 or 8086 could be anything. */
static const int ports[] = {1433,  1521,  3306,  5432,  6379,  7687, 9042,
                            11211, 26257, 27017, 27018, 27019, 28015};

/* Whether the path of image, without tag and digest, is name or ends in "/name". */
static bool image_named(const char *image, const char *name)
{
    size_t end = strcspn(image, "@");
    for (size_t i = end; i > 0 && image[i - 1] != '/'; i--)
        if (image[i - 1] == ':')
            end = i - 1;
    size_t length = strlen(name);
    if (end < length || strncmp(image + end - length, name, length) != 0)
        return false;
    return end == length || image[end - length - 1] == '/';
}

static const struct image *image_find(const char *image)
{
    for (size_t i = 0; image && i < sizeof images / sizeof *images; i++)
        if (image_named(image, images[i].name))
            return &images[i];
    return NULL;
}

static bool port_known(int port)
{
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (ports[i] == port)
            return true;
    return false;
}

int database_image_port(const char *image)
{
    const struct image *found = image_find(image);
    return found ? found->port : 0;
}

bool database_is(const struct resolution *r)
{
    return coolify_database_label(&r->merged) || image_find(r->container->image) || port_known(r->spec->port);
}

const char *database_coolify_port(const struct resolution *r, const struct pairs *labels, bool override,
                                  const char **name)
{
    (void)r;
    (void) override;
    *name = "coolify.database.subType";
    const char *type = pairs_get(labels, *name);
    for (size_t i = 0; type && i < sizeof coolify_types / sizeof *coolify_types; i++)
        if (strcmp(coolify_types[i].name, type) == 0)
            return coolify_types[i].port;
    return NULL;
}

const char *database_protocol(const struct resolution *r, const struct pairs *labels, bool override,
                              const char **name)
{
    *name = coolify_database_label(labels);
    if (*name)
        return "tcp";
    if (override)
        return NULL;
    const struct image *image = image_find(r->container->image);
    *name = "inspect";
    if (image)
        return image->http ? NULL : "tcp";
    /* By port: whoever named the port has named the protocol. */
    const char *source = pairs_get(&r->spec->sources, "port");
    if (source)
        *name = source;
    return port_known(r->spec->port) ? "tcp" : NULL;
}
