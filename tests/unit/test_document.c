/* SPDX-License-Identifier: MIT */
/* Documents are made once a revision, whoever comes for them, and not at all for who has them already. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "exporter/request.h"
#include "tests/support/server_fixture.h"

/* What is asked for, and what was made of it. */
struct asking {
    struct exporter_context context;
    struct request request;
    const char *if_none_match;
    int made;
    size_t size; /* of what is made */
    bool refuse;
};

static int make(const struct exporter_context *context, const void *wish, struct buf *out, struct error *err)
{
    struct asking *asking;
    (void)context;
    memcpy(&asking, wish, sizeof asking);
    asking->made++;
    if (asking->refuse)
        return error_set(err, -EINVAL, "Such there are not");
    for (size_t i = 0; i < asking->size; i++)
        buf_add(out, "a", 1);
    return 0;
}

static const char *lookup(void *connection, const char *name)
{
    const struct asking *asking = connection;
    return strcmp(name, "If-None-Match") == 0 ? asking->if_none_match : NULL;
}

static void begin(struct asking *asking, struct registry *registry)
{
    *asking = (struct asking){.context = {.registry = registry, .version = "1"}, .size = 1000};
    asking->request = (struct request){.context = &asking->context,
                                       .documents = documents_new(&asking->context),
                                       .query = lookup,
                                       .header = lookup,
                                       .connection = asking};
}

static void end(struct asking *asking)
{
    documents_free(asking->request.documents);
    registry_free((struct registry *)(uintptr_t)asking->context.registry);
}

static struct answer ask(struct asking *asking, const char *key, bool may_fail, const char *settings)
{
    struct answer answer = {0};
    answer_made(&asking->request, &answer,
                &(struct document_answer){.type = type_text,
                                          .wish = {.key = key, .render = make, .wish = &asking},
                                          .may_fail = may_fail,
                                          .settings = settings});
    return answer;
}

/* Asks and says with how many bytes that was answered. */
static size_t length_of(struct asking *asking, const char *key)
{
    struct answer answer = ask(asking, key, false, NULL);
    size_t length = answer.body ? answer.body->len : 0;
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    return length;
}

static void change(struct asking *asking)
{
    struct registry *registry = (struct registry *)(uintptr_t)asking->context.registry;
    uint64_t before = registry_revision(registry);
    sample_head(registry, before % 2);
    sample_settle(registry);
    if (registry_revision(registry) == before) {
        sample_head(registry, !(before % 2));
        sample_settle(registry);
    }
    assert_true(registry_revision(registry) > before);
}

static void test_it_is_made_once_a_revision(void **state)
{
    struct asking asking;
    (void)state;
    begin(&asking, sample_registry());
    for (int i = 0; i < 5; i++)
        assert_int_equal(length_of(&asking, "a"), 1000);
    assert_int_equal(asking.made, 1);
    length_of(&asking, "b"); /* other options */
    length_of(&asking, "a");
    assert_int_equal(asking.made, 2);
    change(&asking);
    asking.size = 10;
    assert_int_equal(length_of(&asking, "a"), 10);
    assert_int_equal(asking.made, 3);
    end(&asking);
}

static void test_who_has_it_costs_nothing(void **state)
{
    struct asking asking;
    char tag[80], other[80];
    (void)state;
    begin(&asking, sample_registry());
    struct answer answer = ask(&asking, "a", false, NULL);
    snprintf(tag, sizeof tag, "\"%s\"", answer.tag);
    answer_free(&answer);
    change(&asking);
    answer = ask(&asking, "a", false, NULL);
    snprintf(other, sizeof other, "\"%s\"", answer.tag);
    answer_free(&answer);
    assert_string_not_equal(tag, other);
    change(&asking);
    answer = ask(&asking, "a", false, NULL);
    snprintf(tag, sizeof tag, "\"%s-gz\"", answer.tag);
    answer_free(&answer);
    documents_rest(asking.request.documents);
    documents_rest(asking.request.documents); /* nothing is kept any more */
    asking.made = 0;
    asking.if_none_match = tag;
    answer = ask(&asking, "a", false, NULL);
    assert_int_equal(answer.status, 200);
    assert_null(answer.body);
    assert_int_equal(asking.made, 0);
    asking.if_none_match = other; /* of an earlier revision */
    assert_int_equal(length_of(&asking, "a"), 1000);
    assert_int_equal(asking.made, 1);
    end(&asking);
}

/* Another run of quaywatch may reach the same revision with other bytes. */
static void test_a_tag_of_another_run_is_none(void **state)
{
    struct asking asking, next;
    char tag[80];
    (void)state;
    begin(&asking, sample_registry());
    struct answer answer = ask(&asking, "a", false, NULL);
    snprintf(tag, sizeof tag, "\"%s\"", answer.tag);
    answer_free(&answer);

    struct registry *registry = sample_registry();
    struct controller_view view = *registry_controller(registry);
    snprintf(view.start_id, sizeof view.start_id, "5f3b");
    registry_apply(registry, &(struct change){.kind = CHANGE_CONTROLLER, .controller = &view}, sample_moment);
    begin(&next, registry);
    assert_int_equal(registry_revision(registry), registry_revision(asking.context.registry));
    next.if_none_match = tag;
    assert_int_equal(length_of(&next, "a"), 1000);
    assert_int_equal(next.made, 1);
    end(&next);
    end(&asking);
}

/* Words that may be wrong are looked at before somebody is told that nothing has changed. */
static void test_a_wish_that_may_fail_is_tried_first(void **state)
{
    struct asking asking;
    char tag[80];
    (void)state;
    begin(&asking, sample_registry());
    struct answer answer = ask(&asking, "a", true, "prefix");
    snprintf(tag, sizeof tag, "\"%s\"", answer.tag);
    answer_free(&answer);
    asking.if_none_match = tag;
    answer = ask(&asking, "a", true, "prefix");
    assert_null(answer.body);
    assert_int_equal(asking.made, 1);
    answer_free(&answer);
    answer = ask(&asking, "a", true, "other"); /* settings were read again */
    assert_non_null(answer.body);
    answer_free(&answer);
    asking.refuse = true;
    answer = ask(&asking, "b", true, "prefix");
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(answer.body->data, "Such there are not."));
    answer_free(&answer);
    assert_false(documents_have(asking.request.documents, "b"));
    end(&asking);
}

static void test_few_are_kept_and_not_for_long(void **state)
{
    struct asking asking;
    char key[16];
    (void)state;
    begin(&asking, sample_registry());
    struct documents *documents = asking.request.documents;
    for (int i = 0; i < 3 * LIMIT_DOCUMENTS; i++) {
        snprintf(key, sizeof key, "%d", i);
        length_of(&asking, key);
        length_of(&asking, "0"); /* comes again and again */
    }
    assert_int_equal(asking.made, 3 * LIMIT_DOCUMENTS);
    assert_true(documents_have(documents, "0"));
    assert_true(documents_have(documents, key));
    assert_false(documents_have(documents, "1"));
    assert_true(documents_rest(documents)); /* all were asked for */
    length_of(&asking, "0");
    assert_true(documents_rest(documents));
    assert_true(documents_have(documents, "0"));
    assert_false(documents_have(documents, key));
    assert_false(documents_rest(documents));
    assert_false(documents_have(documents, "0"));

    asking.size = LIMIT_DOCUMENTS_BYTES / 2;
    length_of(&asking, "large");
    asking.size++;
    length_of(&asking, "larger");
    assert_false(documents_have(documents, "large"));
    assert_true(documents_have(documents, "larger"));
    change(&asking);
    assert_false(documents_have(documents, "larger"));
    assert_false(documents_rest(documents)); /* of an older revision, though just asked for */
    end(&asking);
}

static void test_its_compressed_form_is_made_once(void **state)
{
    struct asking asking;
    (void)state;
    begin(&asking, sample_registry());
    struct answer first = ask(&asking, "a", false, NULL), again = ask(&asking, "a", false, NULL);
    struct body *small = body_small(first.body);
    assert_non_null(small);
    assert_true(small->len < first.body->len);
    assert_ptr_equal(body_small(again.body), small);
    answer_free(&first);
    change(&asking);
    struct answer later = ask(&asking, "a", false, NULL);
    assert_ptr_not_equal(later.body, again.body); /* who reads slowly keeps the old one */
    assert_ptr_equal(body_small(again.body), small);
    answer_free(&later);
    answer_free(&again);
    end(&asking);
}

static void test_parts_of_a_key_do_not_run_together(void **state)
{
    static const char *const pairs[][2] = {{"a", "b"}, {"ab", ""}, {"", "ab"}, {"1:a", "b"}, {"a1:b", NULL}};
    char keys[sizeof pairs / sizeof *pairs][32];
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct buf key;
        buf_init(&key, SIZE_MAX / 2);
        document_key(&key, pairs[i][0]);
        document_key(&key, pairs[i][1]);
        snprintf(keys[i], sizeof keys[i], "%s", buf_string(&key));
        buf_free(&key);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(keys[i], keys[k]);
    }
}

static void tag_in(const struct reply *reply, char ret[static 256])
{
    reply_header(reply, "ETag", ret);
    assert_true(ret[0]);
}

/* The same through the server, for all that is answered so. */
static void test_each_route_knows_who_has_it(void **state)
{
    static const char *const routes[] = {"/api/v1/status",
                                         "/services",
                                         "/services?tag=api",
                                         "/api/v1/graph?format=dot",
                                         "/services?healthy=true",
                                         "/services/health",
                                         "/api/v1/lint",
                                         "/api/v1/graph?format=mermaid",
                                         "/export/json",
                                         "/export/json?tag=",
                                         "/export/hosts",
                                         "/export/traefik?version=2.11",
                                         "/v1/api/status/services",
                                         "/api/v1/graph",
                                         "/export/caddy",
                                         "/export/haproxy?version=map"};
    struct served *served = *state;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        char request[128], tag[256], later[256], headers[300];
        snprintf(request, sizeof request, "GET %s", routes[i]);
        struct reply first = served_ask(served, request, "");
        tag_in(&first, tag);
        snprintf(headers, sizeof headers, "If-None-Match: %s\r\n", tag);
        assert_int_equal(served_status(served, request, headers), 304);
        assert_int_equal(served_status(served, request, "If-None-Match: \"5f3b-1\"\r\n"), 200);
        struct reply again = served_ask(served, request, "");
        assert_string_equal(first.body, again.body);
        sample_head(served->registry, i % 2);
        sample_settle(served->registry);
        struct reply moved = served_ask(served, request, headers);
        tag_in(&moved, later);
        assert_int_equal(moved.status, 200);
        assert_string_not_equal(tag, later);
        reply_free(&first);
        reply_free(&again);
        reply_free(&moved);
    }
    struct reply all = served_ask(served, "GET /services", "");
    struct reply some = served_ask(served, "GET /services?status=healthy", "");
    struct reply tagged = served_ask(served, "GET /services?tag=healthy", "");
    assert_string_not_equal(all.body, some.body);
    assert_string_equal(tagged.body, "{\"services\":[],\"count\":0}\n");
    assert_string_not_equal(some.body, tagged.body);
    reply_free(&all);
    reply_free(&some);
    reply_free(&tagged);
    assert_int_equal(served_status(served, "GET /export/traefik?version=9", "If-None-Match: *\r\n"), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_made_once_a_revision),
        cmocka_unit_test(test_who_has_it_costs_nothing),
        cmocka_unit_test(test_a_tag_of_another_run_is_none),
        cmocka_unit_test(test_a_wish_that_may_fail_is_tried_first),
        cmocka_unit_test(test_few_are_kept_and_not_for_long),
        cmocka_unit_test(test_its_compressed_form_is_made_once),
        cmocka_unit_test(test_parts_of_a_key_do_not_run_together),
        SERVED(test_each_route_knows_who_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
