/* SPDX-License-Identifier: MIT */
/* test_alert_channel.c: what each channel sends, byte for byte, and what hostile text becomes there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/words.h"

static const char *const victims[] = {"api", "web"};

static const struct alert unhealthy = {
    .id = "service-unhealthy:name:-:db",
    .name = "service-unhealthy",
    .state = ALERT_FIRING,
    .severity = SEVERITY_CRITICAL,
    .service = "db",
    .container = "shop-db-1",
    .project = "shop",
    .title = "db is unhealthy",
    .sentence = "Connection refused; it is restarted.",
    .victim = victims,
    .victim_count = 2,
    .since_wall_ms = 1795343400123,
    .at_wall_ms = 1795343460000,
    .host = "node-1",
    .url = "http://quay.example:8080/",
};

static const struct channels_config config = {
    .url = {[CHANNEL_WEBHOOK] = "http://hook.example/in?key=1",
            [CHANNEL_SLACK] = "https://slack.example/services/T/B/x",
            [CHANNEL_DISCORD] = "https://discord.example/api/webhooks/1/x",
            [CHANNEL_NTFY] = "https://ntfy.example/sub/my-topic",
            [CHANNEL_GOTIFY] = "https://gotify.example/base/",
            [CHANNEL_EMAIL] = "smtp://mail.example",
            [CHANNEL_ALERTMANAGER] = "http://am.example:9093",
            [CHANNEL_HEALTHCHECKS] = "https://hc.example/ping/uuid?create=1"},
    .ntfy_token = "tk_1",
    .gotify_token = "A.b",
    .email_to = "ops@example.org",
    .host = "node-1",
};

enum { QUEUE_MANY = 128 };
static const int64_t now_ms = 1795343470000; /* 2026-11-22T10:31:10Z */

static void render(enum channel_kind kind, const struct alert *const *item, size_t count, unsigned left_out,
                   struct message *ret)
{
    const struct telling telling = {
        .item = item, .count = count, .left_out = left_out, .now_wall_ms = now_ms};
    *ret = (struct message){0};
    channel_table[kind].render(&config, &telling, ret);
    if (kind != CHANNEL_EMAIL)
        assert_string_equal(ret->method, "POST");
    assert_int_equal(strlen(ret->body), ret->body_len);
}

static struct message render_one(enum channel_kind kind, const struct alert *alert)
{
    struct message message;
    render(kind, &alert, 1, 0, &message);
    return message;
}

/* Renders, compares URL and whole body. */
static void assert_message(enum channel_kind kind, const struct alert *alert, const char *url,
                           const char *body)
{
    struct message message = render_one(kind, alert);
    assert_string_equal(message.url, url);
    assert_string_equal(message.body, body);
    message_free(&message);
}

static void webhook_tells_all(void **state)
{
    (void)state;
    assert_message(
        CHANNEL_WEBHOOK, &unhealthy, "http://hook.example/in?key=1",
        "{\"schema\":1,\"id\":\"service-unhealthy:name:-:db\",\"name\":\"service-unhealthy\","
        "\"state\":\"firing\",\"severity\":\"critical\",\"service\":\"db\",\"container\":\"shop-db-1\","
        "\"project\":\"shop\",\"title\":\"db is unhealthy\","
        "\"sentence\":\"Connection refused; it is restarted.\",\"victims\":[\"api\",\"web\"],"
        "\"since\":\"2026-11-22T10:30:00.123Z\",\"at\":\"2026-11-22T10:31:00.000Z\",\"host\":\"node-1\","
        "\"url\":\"http://quay.example:8080/\",\"alerts\":[]}");
}

static void slack_gets_an_attachment(void **state)
{
    (void)state;
    assert_message(CHANNEL_SLACK, &unhealthy, "https://slack.example/services/T/B/x",
                   "{\"text\":\"🔴 db is unhealthy (<http://quay.example:8080/|open>)\","
                   "\"attachments\":[{\"color\":\"#da3633\",\"fallback\":\"🔴 db is unhealthy\","
                   "\"text\":\"Connection refused; it is restarted.\\nAffected: api, web\","
                   "\"fields\":[{\"title\":\"State\",\"value\":\"firing, critical\",\"short\":true},"
                   "{\"title\":\"Service\",\"value\":\"db\",\"short\":true},"
                   "{\"title\":\"Project\",\"value\":\"shop\",\"short\":true},"
                   "{\"title\":\"Host\",\"value\":\"node-1\",\"short\":true}],\"ts\":1795343460}]}");
}

static void discord_gets_an_embed(void **state)
{
    (void)state;
    assert_message(CHANNEL_DISCORD, &unhealthy, "https://discord.example/api/webhooks/1/x",
                   "{\"username\":\"quaywatch\",\"embeds\":[{\"title\":\"🔴 db is unhealthy\","
                   "\"description\":\"Connection refused; it is restarted.\\nAffected: api, web\","
                   "\"url\":\"http://quay.example:8080/\",\"color\":14300723,"
                   "\"timestamp\":\"2026-11-22T10:31:00.000Z\","
                   "\"fields\":[{\"name\":\"State\",\"value\":\"firing, critical\",\"inline\":true},"
                   "{\"name\":\"Service\",\"value\":\"db\",\"inline\":true},"
                   "{\"name\":\"Project\",\"value\":\"shop\",\"inline\":true},"
                   "{\"name\":\"Host\",\"value\":\"node\\\\-1\",\"inline\":true}]}],\"allowed_mentions\":{"
                   "\"parse\":[]}}");
}

static void ntfy_gets_topic_and_token(void **state)
{
    (void)state;
    struct message message = render_one(CHANNEL_NTFY, &unhealthy);
    assert_string_equal(message.url, "https://ntfy.example/sub/");
    assert_string_equal(message.header[0], "Content-Type: application/json");
    assert_string_equal(message.header[1], "Authorization: Bearer tk_1");
    assert_null(message.header[2]);
    assert_string_equal(message.body,
                        "{\"topic\":\"my-topic\",\"title\":\"db is unhealthy\","
                        "\"message\":\"Connection refused; it is restarted.\\nAffected: api, web\","
                        "\"priority\":4,\"tags\":[\"red_circle\",\"critical\"],"
                        "\"click\":\"http://quay.example:8080/\"}");
    message_free(&message);
}

static void gotify_gets_its_key(void **state)
{
    (void)state;
    struct message message = render_one(CHANNEL_GOTIFY, &unhealthy);
    assert_string_equal(message.url, "https://gotify.example/base/message");
    assert_string_equal(message.header[1], "X-Gotify-Key: A.b");
    assert_string_equal(message.body,
                        "{\"title\":\"🔴 db is unhealthy\","
                        "\"message\":\"Connection refused; it is restarted.\\nAffected: api, web\","
                        "\"priority\":8,\"extras\":{\"client::display\":{\"contentType\":\"text/plain\"},"
                        "\"client::notification\":{\"click\":{\"url\":\"http://quay.example:8080/\"}}}}");
    message_free(&message);
}

static void alertmanager_is_told_until_when(void **state)
{
    (void)state;
    assert_message(
        CHANNEL_ALERTMANAGER, &unhealthy, "http://am.example:9093/api/v2/alerts",
        "[{\"labels\":{\"alertname\":\"service-unhealthy\",\"service\":\"db\",\"container\":\"shop-db-1\","
        "\"project\":\"shop\",\"instance\":\"node-1\",\"severity\":\"critical\",\"job\":\"quaywatch\"},"
        "\"annotations\":{\"summary\":\"db is unhealthy\","
        "\"description\":\"Connection refused; it is restarted.\",\"victims\":\"api, web\"},"
        "\"startsAt\":\"2026-11-22T10:30:00.123Z\",\"endsAt\":\"2026-11-22T10:35:10.000Z\","
        "\"generatorURL\":\"http://quay.example:8080/\"}]");
    struct alert resolved = unhealthy;
    resolved.state = ALERT_RESOLVED;
    resolved.service = resolved.project = resolved.url = "";
    resolved.victim_count = 0;
    assert_message(CHANNEL_ALERTMANAGER, &resolved, "http://am.example:9093/api/v2/alerts",
                   "[{\"labels\":{\"alertname\":\"service-unhealthy\",\"container\":\"shop-db-1\","
                   "\"instance\":\"node-1\",\"severity\":\"critical\",\"job\":\"quaywatch\"},"
                   "\"annotations\":{\"summary\":\"db is unhealthy\","
                   "\"description\":\"Connection refused; it is restarted.\"},"
                   "\"startsAt\":\"2026-11-22T10:30:00.123Z\",\"endsAt\":\"2026-11-22T10:31:00.000Z\"}]");
    /* A clock that was set back: an end in the future would go on firing, one before its beginning is
     * refused. */
    resolved.at_wall_ms = now_ms + 3600000;
    resolved.since_wall_ms = now_ms + 3000000;
    struct message message = render_one(CHANNEL_ALERTMANAGER, &resolved);
    assert_non_null(strstr(message.body, "\"startsAt\":\"2026-11-22T10:31:09.999Z\","
                                         "\"endsAt\":\"2026-11-22T10:31:10.000Z\""));
    message_free(&message);
}

static void healthchecks_hears_of_what_is_critical(void **state)
{
    (void)state;
    struct message message;
    render(CHANNEL_HEALTHCHECKS, NULL, 0, 0, &message);
    assert_string_equal(message.url, "https://hc.example/ping/uuid?create=1");
    assert_string_equal(message.body, "Nothing critical fires.");
    message_free(&message);
    assert_message(CHANNEL_HEALTHCHECKS, &unhealthy, "https://hc.example/ping/uuid/fail?create=1",
                   "db is unhealthy\nConnection refused; it is restarted.\nAffected: api, web");
    struct alert warning = unhealthy, worse = unhealthy, over = unhealthy, test = unhealthy;
    warning.severity = SEVERITY_WARNING;
    worse.severity = SEVERITY_EMERGENCY;
    worse.title = "api has failed";
    over.state = ALERT_RESOLVED;
    test.state = ALERT_TEST;
    const struct alert *calm[] = {&warning, &over}, *bad[] = {&warning, &unhealthy, &worse, &over};
    render(CHANNEL_HEALTHCHECKS, calm, 2, 0, &message);
    assert_string_equal(message.url, "https://hc.example/ping/uuid?create=1");
    message_free(&message);
    render(CHANNEL_HEALTHCHECKS, bad, 4, 0, &message);
    assert_string_equal(message.url, "https://hc.example/ping/uuid/fail?create=1");
    assert_ptr_equal(strstr(message.body, "api has failed\n"), message.body);
    message_free(&message);
    assert_message(CHANNEL_HEALTHCHECKS, &test, "https://hc.example/ping/uuid/log?create=1",
                   "Connection refused; it is restarted.");
}

static void what_is_over_looks_it(void **state)
{
    (void)state;
    struct alert resolved = unhealthy;
    resolved.state = ALERT_RESOLVED;
    const struct {
        enum channel_kind kind;
        const char *part;
    } expected[] = {{CHANNEL_WEBHOOK, "\"state\":\"resolved\""},
                    {CHANNEL_SLACK, "\"color\":\"#2da44e\",\"fallback\":\"✅ db"},
                    {CHANNEL_DISCORD, "\"color\":2991182"},
                    {CHANNEL_NTFY, "\"priority\":3,\"tags\":[\"white_check_mark\",\"resolved\"]"},
                    {CHANNEL_GOTIFY, "\"title\":\"✅ db is unhealthy\""}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct message message = render_one(expected[i].kind, &resolved);
        if (!strstr(message.body, expected[i].part))
            fail_msg("%s: %s", channel_name[expected[i].kind], message.body);
        message_free(&message);
    }
}

/* ---- hostile text ---- */

static const char evil[] =
    "<!channel> @everyone </script>\"}]\\ [x](http://evil) *b* \x01\x1b[2J \xff\xfe e\xcc";

static void markup_means_nothing(void **state)
{
    (void)state;
    struct alert alert = unhealthy;
    alert.title = alert.sentence = alert.service = evil;
    struct message message = render_one(CHANNEL_SLACK, &alert);
    /* Only the link to the page is one. */
    assert_ptr_equal(strchr(message.body, '<'), strstr(message.body, "<http://quay"));
    assert_non_null(strstr(message.body, "&lt;!channel&gt; @\xe2\x80\x8b"
                                         "everyone"));
    message_free(&message);
    message = render_one(CHANNEL_DISCORD, &alert);
    /* In JSON a backslash is two. */
    assert_non_null(strstr(message.body, "\\\\[x\\\\]\\\\(http://evil\\\\) \\\\*b\\\\*"));
    assert_non_null(strstr(message.body, "\\\\<!channel\\\\>"));
    message_free(&message);
}

static void all_json_stays_json(void **state)
{
    (void)state;
    struct alert alert = unhealthy;
    char *longer = malloc(20001);
    assert_non_null(longer);
    for (size_t i = 0; i < 20000; i++)
        longer[i] = "\"\\<&\n\t\xf0\x9f\x92\xa5\xc3"[i % 11];
    longer[20000] = '\0';
    const char *const texts[] = {evil, longer, ""};
    for (size_t t = 0; t < 3; t++) {
        alert.id = alert.name = alert.service = alert.container = alert.project = alert.title = texts[t];
        alert.sentence = alert.host = alert.url = texts[t];
        struct alert *copy = alert_copy(&alert);
        const struct alert *items[] = {copy, &unhealthy, copy};
        for (int kind = 0; kind < CHANNEL_COUNT; kind++) {
            for (size_t count = 1; count <= 3; count += 2) {
                struct message message;
                render((enum channel_kind)kind, items, count, 0, &message);
                for (size_t i = 0; message.header[i]; i++)
                    assert_null(strpbrk(message.header[i], "\r\n"));
                if (kind != CHANNEL_EMAIL && kind != CHANNEL_HEALTHCHECKS) {
                    enum json_tokener_error error;
                    json_object *root = json_tokener_parse_verbose(message.body, &error);
                    if (!root)
                        fail_msg("%s: %s: %.300s", channel_name[kind], json_tokener_error_desc(error),
                                 message.body);
                    json_object_put(root);
                }
                message_free(&message);
            }
        }
        free(copy);
    }
    free(longer);
}

/* ---- lengths ---- */

static size_t utf16_units(const char *text)
{
    size_t units = 0;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        units += byte >= 0xf0 ? 2 : (byte & 0xc0) != 0x80;
    }
    return units;
}

static const char *member(json_object *object, const char *key)
{
    return json_object_get_string(json_object_object_get(object, key));
}

static void lengths_are_the_services(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 64 * 1024);
    for (int i = 0; i < 3000; i++)
        buf_text(&text, i % 2 ? "💥" : "é*");
    struct alert alert = unhealthy;
    alert.title = alert.sentence = buf_string(&text);

    struct message message = render_one(CHANNEL_DISCORD, &alert);
    json_object *root = json_tokener_parse(message.body);
    json_object *embed = json_object_array_get_idx(json_object_object_get(root, "embeds"), 0);
    assert_int_equal(utf16_units(member(embed, "title")), 256);
    assert_true(utf16_units(member(embed, "description")) >= 4095);
    assert_true(utf16_units(member(embed, "description")) <= 4096);
    assert_non_null(strstr(member(embed, "title"), "…"));
    json_object_put(root);
    message_free(&message);

    message = render_one(CHANNEL_NTFY, &alert);
    root = json_tokener_parse(message.body);
    assert_true(strlen(member(root, "message")) <= 4096);
    assert_true(strlen(member(root, "message")) > 4090);
    json_object_put(root);
    message_free(&message);

    message = render_one(CHANNEL_HEALTHCHECKS, &alert);
    assert_true(message.body_len <= 10000);
    assert_true(message.body_len > 9990);
    message_free(&message);
    buf_free(&text);
}

static void cutting_keeps_characters_whole(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_string_equal(words_cut(&arena, "abc", 3), "abc");
    assert_string_equal(words_cut(&arena, "abcd", 3), "ab…");
    assert_string_equal(words_cut(&arena, "a💥d", 4), "a💥d");
    assert_string_equal(words_cut(&arena, "a💥d", 3), "a…");
    assert_string_equal(words_cut(&arena, "a\nb\x07\xc2\x85\xe2\x80\xa8", 9), "a\nb   ");
    assert_string_equal(words_cut_line(&arena, "a\r\nb", 9), "a  b");
    assert_string_equal(words_cut(&arena, "\xff", 9), "?");
    assert_int_equal(words_fit("aé", 2), 1);
    assert_int_equal(words_fit("aé", 3), 3);
    arena_free(&arena);
}

static void copies_are_bounded(void **state)
{
    (void)state;
    const char *many[1000];
    for (size_t i = 0; i < 1000; i++)
        many[i] = "some-service";
    struct alert alert = unhealthy;
    alert.victim = many;
    alert.victim_count = 1000;
    alert.url = NULL;
    struct alert *copy = alert_copy(&alert);
    assert_int_equal(copy->victim_count, ALERT_VICTIMS_MAX);
    assert_string_equal(copy->victim[ALERT_VICTIMS_MAX - 1], "… and 801 more");
    assert_string_equal(copy->victim[0], "some-service");
    assert_string_equal(copy->url, "");
    assert_string_equal(copy->title, "db is unhealthy");
    free(copy);
}

/* ---- digests ---- */

static void a_digest_counts_and_lists(void **state)
{
    (void)state;
    struct alert warning = unhealthy, over = unhealthy;
    warning.severity = SEVERITY_WARNING;
    warning.title = "web is slow";
    warning.sentence = "p95 is 3 s\nand more";
    warning.since_wall_ms = 1795343000000;
    over.state = ALERT_RESOLVED;
    over.title = "api is well again";
    const struct alert *items[] = {&unhealthy, &warning, &over};
    struct message message;
    render(CHANNEL_WEBHOOK, items, 3, 2, &message);
    json_object *root = json_tokener_parse(message.body);
    assert_string_equal(member(root, "name"), "digest");
    assert_string_equal(member(root, "state"), "firing");
    assert_string_equal(member(root, "severity"), "critical");
    assert_string_equal(member(root, "title"), "5 alerts: 2 firing, 1 resolved");
    assert_string_equal(member(root, "sentence"),
                        "🔴 db is unhealthy: Connection refused; it is restarted.\n"
                        "🟠 web is slow: p95 is 3 s and more\n"
                        "✅ api is well again: Connection refused; it is restarted.\n… and 2 more");
    json_object *list = json_object_object_get(root, "alerts");
    assert_int_equal(json_object_array_length(list), 3);
    assert_string_equal(member(json_object_array_get_idx(list, 1), "title"), "web is slow");
    json_object_put(root);
    message_free(&message);

    const struct alert *many[QUEUE_MANY];
    for (size_t i = 0; i < QUEUE_MANY; i++)
        many[i] = &unhealthy;
    render(CHANNEL_NTFY, many, QUEUE_MANY, 0, &message);
    root = json_tokener_parse(message.body);
    assert_string_equal(member(root, "title"), "128 alerts: 128 firing");
    assert_true(strlen(member(root, "message")) <= 4096);
    assert_non_null(strstr(member(root, "message"), " more"));
    json_object_put(root);
    message_free(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(webhook_tells_all),
        cmocka_unit_test(slack_gets_an_attachment),
        cmocka_unit_test(discord_gets_an_embed),
        cmocka_unit_test(ntfy_gets_topic_and_token),
        cmocka_unit_test(gotify_gets_its_key),
        cmocka_unit_test(alertmanager_is_told_until_when),
        cmocka_unit_test(healthchecks_hears_of_what_is_critical),
        cmocka_unit_test(what_is_over_looks_it),
        cmocka_unit_test(markup_means_nothing),
        cmocka_unit_test(all_json_stays_json),
        cmocka_unit_test(lengths_are_the_services),
        cmocka_unit_test(cutting_keeps_characters_whole),
        cmocka_unit_test(copies_are_bounded),
        cmocka_unit_test(a_digest_counts_and_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
