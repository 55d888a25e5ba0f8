/* SPDX-License-Identifier: MIT */
/* Fuzz target: the words of those who listen or wait for a change, a line each: Last-Event-ID, last_event_id,
 * since, include, index, wait. A wrong one gets a 400 that is a whole JSON text; what is let through means a
 * place or a time that it names. quaywatch is stopping meanwhile, so that nobody is kept. */
#include <assert.h>
#include <ctype.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"
#include "exporter/answers.h"
#include "exporter/live.h"
#include "exporter/poll.h"
#include "exporter/render/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER_ID, QUERY_ID, SINCE, INCLUDE, INDEX, WAIT, LINES };

static const char start_id[] = "5f3a9c";

/* An empty line is a word that was not sent. */
static const char *sent(char **line, int at)
{
    return line[at][0] ? line[at] : NULL;
}

static const char *lookup_query(void *connection, const char *name)
{
    static const char *const names[LINES] = {NULL, "last_event_id", "since", "include", "index", "wait"};
    for (int i = QUERY_ID; i < LINES; i++)
        if (strcmp(names[i], name) == 0)
            return sent(connection, i);
    return NULL;
}

static const char *lookup_header(void *connection, const char *name)
{
    if (strcmp(name, "Accept") == 0)
        return "text/event-stream";
    return strcmp(name, "Last-Event-ID") == 0 ? sent(connection, HEADER_ID) : NULL;
}

/* "17", or a life, a dash and a number. */
static bool is_place(const char *text)
{
    const char *dash = strrchr(text, '-'), *digits = dash ? dash + 1 : text;
    int64_t number;
    if (text_number(digits, 0, INT64_MAX, &number) != 0)
        return false;
    for (const char *at = text; dash && at < dash; at++)
        if (!isdigit((unsigned char)*at) && (*at < 'a' || *at > 'f'))
            return false;
    return dash != text;
}

static bool is_wait(const char *text)
{
    int64_t ms;
    return text_duration(text, 1, &ms) == 0 && ms >= 100 && ms <= 300000;
}

static void check_place(const struct registry *registry, const char *text)
{
    uint64_t number = UINT64_MAX;
    enum place place = place_parse(registry, text, &number);
    assert((place == PLACE_WRONG) == !is_place(text));
    assert((place == PLACE_OURS) == (number <= INT64_MAX));
    if (place == PLACE_OURS && strchr(text, '-'))
        assert(strncmp(text, start_id, sizeof start_id - 1) == 0);
}

static void check_answer(struct answer *answer, bool refused, int otherwise)
{
    assert(answer->status == (refused ? 400 : otherwise));
    assert(answer->body && !answer->stream && !answer->later);
    json_tokener *tokener = json_tokener_new();
    json_object *tree = json_tokener_parse_ex(tokener, answer->body->data, (int)answer->body->len);
    assert(tree);
    json_object_put(tree);
    json_tokener_free(tokener);
    answer_free(answer);
}

static uint64_t revision(const struct request *request)
{
    return registry_revision(request->context->registry);
}

static void fill(const struct request *request, struct answer *answer)
{
    answer_document(request, answer, DOCUMENT_STATUS);
}

static void ask(struct request *request, char **line)
{
    const char *id = sent(line, QUERY_ID), *since = sent(line, SINCE), *include = sent(line, INCLUDE);
    const char *index = sent(line, INDEX), *wait = sent(line, WAIT);
    struct answer answer = {0};
    answer_events(request, &answer);
    bool refused = (id && !sent(line, HEADER_ID) && !is_place(id)) || (since && !is_place(since)) ||
                   (include && strcmp(include, "status") != 0);
    check_answer(&answer, refused, 503);
    answer = (struct answer){0};
    poll_answer(request, &answer, revision, fill);
    refused = (wait && (!index || !is_wait(wait))) || (index && !is_place(index));
    check_answer(&answer, refused, 200);
}

static void with_server(char **line)
{
    uv_loop_t loop;
    struct error err = {0};
    struct registry *registry = registry_new(render_service);
    struct controller_view view = {.host = "node", .mode = "act", .started_at_wall_ms = 1};
    memcpy(view.start_id, start_id, sizeof start_id);
    registry_apply(registry, &(struct change){.kind = CHANGE_CONTROLLER, .controller = &view},
                   (struct moment){1, 1});
    registry_settle(registry, (struct moment){1, 1});
    struct journal *journal = journal_new();
    struct exporter_context context = {.registry = registry, .journal = journal, .version = "0"};
    struct documents *documents = documents_new(&context);
    uv_loop_init(&loop);
    struct live *live = live_open(&loop, &context, NULL, NULL, &err);
    assert(live);
    live_end(live);
    struct request request = {.context = &context,
                              .documents = documents,
                              .live = live,
                              .query = lookup_query,
                              .header = lookup_header,
                              .connection = line,
                              .path = "/",
                              .body = ""};
    for (int i = 0; i < LINES; i++)
        check_place(registry, line[i]);
    ask(&request, line);
    live_close(live);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    documents_free(documents);
    journal_free(journal);
    registry_free(registry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_new(size + 1), *rest = text, *line[LINES];
    static char empty[1];
    if (size)
        memcpy(text, data, size);
    for (int i = 0; i < LINES; i++) {
        char *one = strsep(&rest, "\n");
        line[i] = one ? one : empty;
    }
    with_server(line);
    free(text);
    return 0;
}
