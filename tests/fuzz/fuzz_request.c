/* SPDX-License-Identifier: MIT */
/* Fuzz target: the parts of a request that come from outside, a line each: method, target, X-Forwarded-For,
 * Forwarded, Host, Origin, If-None-Match, Accept-Encoding, a parameter's value. Whatever they are, what a
 * proxy of ours has added counts, nothing is read beyond its end, and an answer is whole. */
#include <arpa/inet.h>
#include <assert.h>
#include <json-c/json.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/cidr.h"
#include "controller/core/mem.h"
#include "controller/core/stats.h"
#include "exporter/admission.h"
#include "exporter/answers.h"
#include "exporter/http/authority.h"
#include "exporter/http/negotiate.h"
#include "exporter/render/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { METHOD, TARGET, X_FOR, FORWARDED, HOST, ORIGIN, MATCH, ENCODING, VALUE, LINES };

static const char client_text[] = "203.0.113.9";

/* The client is the one that the proxy has added, or nobody can tell. */
static void check_client(const struct sockaddr_storage *client)
{
    struct sockaddr_in in;
    char text[INET_ADDRSTRLEN];
    assert(client->ss_family == AF_INET || client->ss_family == AF_UNSPEC);
    if (client->ss_family == AF_UNSPEC)
        return;
    memcpy(&in, client, sizeof in);
    assert(strcmp(inet_ntop(AF_INET, &in.sin_addr, text, sizeof text), client_text) == 0);
}

static void check_forwarded(char **line)
{
    struct cidr_list *trusted = NULL;
    struct sockaddr_storage client;
    char host[64];
    assert(cidr_list_parse("10.0.0.0/8", &trusted, NULL) == 0);
    forwarded_client(line[X_FOR], trusted, &client);
    forwarded_client_rfc(line[FORWARDED], trusted, &client);
    char *added = mem_format("%s, %s, 10.0.0.1", line[X_FOR], client_text);
    forwarded_client(added, trusted, &client);
    check_client(&client);
    free(added);
    added = mem_format("%s, for=%s;proto=https", line[FORWARDED], client_text);
    forwarded_client_rfc(added, trusted, &client);
    check_client(&client);
    assert(client.ss_family == AF_UNSPEC || forwarded_scheme_rfc(added) == SCHEME_HTTPS);
    forwarded_host_rfc(added, host, sizeof host);
    assert(!host[0]); /* the proxy said none */
    assert(memchr(host, '\0', sizeof host));
    free(added);
    added = mem_format("%s, for=\"%s:80\";by=\"10.0.0.1\"", line[FORWARDED], client_text);
    forwarded_client_rfc(added, trusted, &client);
    check_client(&client);
    free(added);
    forwarded_scheme(line[X_FOR]);
    forwarded_host(line[X_FOR], host, sizeof host);
    cidr_list_free(trusted);
}

static void check_names(char **line)
{
    bool change;
    (void)change;
    authority_allowed("quay.example, *.lan", line[HOST]);
    authority_allowed(line[ORIGIN], line[HOST]);
    authority_any(line[ORIGIN]);
    if (authority_listed("https://a.example", line[ORIGIN]))
        assert(strcasecmp(line[ORIGIN], "https://a.example") == 0);
    for (enum scheme scheme = SCHEME_UNKNOWN; scheme <= SCHEME_HTTPS; scheme++)
        if (authority_is_origin(line[HOST], scheme, line[ORIGIN]))
            assert(strncasecmp(line[ORIGIN], "http", 4) == 0 && line[HOST][0]);
    negotiate_gzip(line[ENCODING]);
    if (negotiate_match(line[MATCH], "5f3a-1") != MATCH_NONE)
        assert(strstr(line[MATCH], "5f3a-1") || strchr(line[MATCH], '*'));
}

static void check_route(char **line)
{
    char name[REQUEST_NAME], allow[64];
    admission_target(line[TARGET]);
    admission_arguments(line[TARGET]);
    memset(allow, 'x', sizeof allow);
    const struct route *route = route_find(line[METHOD], line[TARGET], name, allow, sizeof allow);
    assert(memchr(name, '\0', sizeof name) && memchr(allow, '\0', sizeof allow));
    assert(!route || !name[0] || strstr(line[TARGET], name));
    assert(!strchr(name, '/'));
}

/* Every parameter has the same value. */
static const char *lookup_query(void *value, const char *name)
{
    (void)name;
    return value;
}

static const char *lookup_header(void *value, const char *name)
{
    (void)value, (void)name;
    return NULL;
}

static void check_answers(char *value)
{
    static route_handler *const handlers[] = {answer_services, answer_graph, answer_service, answer_resolve};
    struct stats stats = {0};
    struct registry *registry = registry_new(render_service);
    struct exporter_context context = {
        .registry = registry, .stats = &stats, .version = "0", .load_balancing = "random"};
    struct documents *documents = documents_new(&context);
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        struct request request = {.context = &context,
                                  .documents = documents,
                                  .query = lookup_query,
                                  .header = lookup_header,
                                  .connection = value,
                                  .path = "/",
                                  .body = ""};
        struct answer answer = {0};
        strncat(request.name, value, sizeof request.name - 1);
        handlers[i](&request, &answer);
        assert(answer.status >= 200 && answer.status < 600 && answer.body);
        if (answer.type == type_problem || answer.type == type_json) {
            json_tokener *tokener = json_tokener_new();
            json_object *tree = json_tokener_parse_ex(tokener, answer.body->data, (int)answer.body->len);
            assert(tree);
            json_object_put(tree);
            json_tokener_free(tokener);
        }
        answer_free(&answer);
    }
    documents_free(documents);
    registry_free(registry);
    stats_free(&stats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *rest = text, *line[LINES];
    static char empty[1];
    assert(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    for (int i = 0; i < LINES; i++) {
        char *one = strsep(&rest, "\n");
        line[i] = one ? one : empty;
    }
    check_forwarded(line);
    check_names(line);
    check_route(line);
    check_answers(line[VALUE]);
    free(text);
    return 0;
}
